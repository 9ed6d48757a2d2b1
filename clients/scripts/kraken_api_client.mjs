// kraken-api: Kraken's own example of a client for Node.js; it asks everything by POST, its body of no told type.

import { createRequire } from 'node:module';
import { KEY, SECRET, URL, books, isTrue, refused, step } from './steps.mjs';

const KrakenClient = createRequire(`${process.env.CLIENT_FOLDER}/package.json`)('kraken-api');
const client = new KrakenClient(KEY, SECRET, { url: URL });
const ask = async (method, options) => (await client.api(method, { ...options })).result;
const order = { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', price: '40000', volume: '0.01' };

for (const method of ['Time', 'Assets', 'AssetPairs']) await step(method, () => ask(method));
for (const method of ['Ticker', 'Depth', 'Trades', 'Spread', 'OHLC'])
    await step(method, async () => isTrue(Object.keys(await ask(method, { pair: 'XBTUSD' })).includes('XXBTZUSD')));
for (const method of ['TradeBalance', 'OpenOrders', 'ClosedOrders', 'OpenPositions'])
    await step(method, () => ask(method));
const fills = await step('TradesHistory', async () => (await ask('TradesHistory')).trades);
await step('QueryTrades', () => ask('QueryTrades', { txid: Object.keys(fills)[0] }));
const entries = await step('Ledgers', async () => (await ask('Ledgers')).ledger);
await step('QueryLedgers', () => ask('QueryLedgers', { id: Object.keys(entries)[0] }));
await step('TradeVolume', () => ask('TradeVolume', { pair: 'XBTUSD' }));
await step('AddOrder, validated', async () => isTrue(!(await ask('AddOrder', { ...order, validate: true })).txid));
const placed = await step('AddOrder', async () => (await ask('AddOrder', order)).txid[0]);
await step('QueryOrders', async () => isTrue((await ask('QueryOrders', { txid: placed }))[placed].status === 'open'));
await step('CancelOrder', async () => isTrue((await ask('CancelOrder', { txid: placed })).count === 1));
const market = { ...order, ordertype: 'market', volume: '0.1', price: undefined };
delete market.price;
await step('AddOrder, market', () => ask('AddOrder', market));
await refused('AddOrder, too large', () => ask('AddOrder', { ...market, volume: '100' }), 'Order:Insufficient funds');
await step('DepositMethods', () => ask('DepositMethods', { asset: 'XBT' }));
await step('DepositAddresses', () => ask('DepositAddresses', { asset: 'XBT', method: 'Bitcoin' }));
await step('DepositStatus', () => ask('DepositStatus', { asset: 'XBT' }));
await step('WithdrawStatus', () => ask('WithdrawStatus', { asset: 'XBT' }));
const withdrawal = { asset: 'XBT', key: 'no-such', amount: '1' };
await refused('WithdrawInfo', () => ask('WithdrawInfo', withdrawal), 'Funding:Unknown withdraw key');
await step('GetWebSocketsToken', () => ask('GetWebSocketsToken'));
await step('Balance', async () => books(await ask('Balance')));
