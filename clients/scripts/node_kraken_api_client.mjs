// node-kraken-api: typed; its host is fixed and so is https, but both stand where they can be changed from outside.

import { createRequire } from 'node:module';
import https from 'node:https';
import { KEY, SECRET, URL as ADDRESS, books, isTrue, refused, step } from './steps.mjs';

const kraken = createRequire(`${process.env.CLIENT_FOLDER}/package.json`)('node-kraken-api');
const { hostname, port } = new URL(ADDRESS);
kraken._REST_HOSTNAME = hostname;
https.globalAgent.defaultPort = port;

const client = new kraken.Kraken({ key: KEY, secret: SECRET, timeout: 10000 });
const order = { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', price: '40000', volume: '0.01' };
const pair = { pair: 'XBTUSD' };

await step('time', () => client.time());
await step('systemStatus', async () => isTrue((await client.systemStatus()).status === 'online'));
await step('assets', async () => isTrue((await client.assets()).XXBT));
await step('assetPairs', async () => isTrue((await client.assetPairs()).XXBTZUSD));
for (const method of ['ticker', 'ohlc', 'depth', 'trades', 'spread'])
    await step(method, async () => isTrue((await client[method](pair)).XXBTZUSD));
await step('tradeBalance', () => client.tradeBalance());
await step('openOrders', () => client.openOrders());
await step('closedOrders', () => client.closedOrders());
const fills = await step('tradesHistory', async () => (await client.tradesHistory()).trades);
await step('queryTrades', () => client.queryTrades({ txid: Object.keys(fills)[0] }));
await step('openPositions', () => client.openPositions());
const entries = await step('ledgers', async () => (await client.ledgers()).ledger);
await step('queryLedgers', () => client.queryLedgers({ id: Object.keys(entries)[0] }));
await step('tradeVolume', () => client.tradeVolume(pair));
const placed = await step('addOrder', async () => (await client.addOrder(order)).txid[0]);
await step('queryOrders', async () => isTrue((await client.queryOrders({ txid: placed }))[placed].status === 'open'));
await step('cancelOrder', async () => isTrue((await client.cancelOrder({ txid: placed })).count === 1));
const market = { pair: 'XBTUSD', type: 'sell', ordertype: 'market', volume: '0.1' };
await step('addOrder, market', () => client.addOrder(market));
await refused('addOrder, too large', () => client.addOrder({ ...market, volume: '100' }), 'Insufficient funds');
await step('cancelAllOrdersAfter', () => client.cancelAllOrdersAfter({ timeout: 60 }));
await step('cancelAll', async () => isTrue((await client.cancelAll()).count === 1));
await step('depositMethods', () => client.depositMethods({ asset: 'XBT' }));
await step('depositAddresses', () => client.depositAddresses({ asset: 'XBT', method: 'Bitcoin' }));
await step('depositStatus', () => client.depositStatus({ asset: 'XBT' }));
await step('withdrawStatus', () => client.withdrawStatus({ asset: 'XBT' }));
const withdrawal = { asset: 'XBT', key: 'no-such', amount: '1' };
await refused('withdrawInfo', () => client.withdrawInfo(withdrawal), 'Unknown withdraw key');
const transfer = { asset: 'XBT', from: 'Spot Wallet', to: 'Futures Wallet', amount: '1' };
await refused('walletTransfer', () => client.walletTransfer(transfer), 'Permission denied');
await step('getWebSocketsToken', () => client.getWebSocketsToken());
const report = await step('addExport', () => client.addExport({ report: 'trades', description: 'sandbox' }));
await step('exportStatus', () => client.exportStatus({ report: 'trades' }));
await step('retrieveExport', async () => isTrue((await client.retrieveExport({ id: report.id })).length > 100));
await step('removeExport', () => client.removeExport({ id: report.id, type: 'delete' }));
await step('balance', async () => books(await client.balance()));
