// ccxt in JavaScript: its unified methods.

import { createRequire } from 'node:module';
import { KEY, SECRET, URL, books, isTrue, refused, step } from './steps.mjs';

const ccxt = createRequire(`${process.env.CLIENT_FOLDER}/package.json`)('ccxt');
const exchange = new ccxt.kraken({ apiKey: KEY, secret: SECRET });
exchange.urls.api = { public: URL, private: URL };
const PAIR = 'BTC/USD';

await step('fetchTime', () => exchange.fetchTime());
await step('fetchStatus', async () => isTrue((await exchange.fetchStatus()).status === 'ok'));
await step('loadMarkets', async () => isTrue((await exchange.loadMarkets())[PAIR].id === 'XXBTZUSD'));
await step('fetchCurrencies', async () => isTrue((await exchange.fetchCurrencies()).BTC));
await step('fetchTicker', async () => isTrue((await exchange.fetchTicker(PAIR)).last > 0));
await step('fetchTickers', async () => isTrue((await exchange.fetchTickers(['ETH/USD', PAIR]))[PAIR]));
await step('fetchOrderBook', async () => isTrue((await exchange.fetchOrderBook(PAIR, 10)).bids.length === 10));
await step('fetchTrades', async () => isTrue((await exchange.fetchTrades(PAIR)).length > 100));
await step('fetchOHLCV', async () => isTrue((await exchange.fetchOHLCV(PAIR, '1h')).length > 700));
await step('fetchBalance', async () => isTrue((await exchange.fetchBalance()).total.BTC === 2));
await step('fetchTradingFee', async () => isTrue((await exchange.fetchTradingFee(PAIR)).taker > 0));
await step('fetchOpenOrders', async () => isTrue((await exchange.fetchOpenOrders()).length === 1));
await step('fetchClosedOrders', () => exchange.fetchClosedOrders(PAIR));
await step('fetchMyTrades', async () => isTrue((await exchange.fetchMyTrades(PAIR)).length > 0));
const entries = await step('fetchLedger', () => exchange.fetchLedger());
await step('fetchLedgerEntry', () => exchange.fetchLedgerEntry(entries[0].id));
await step('fetchPositions', async () => isTrue((await exchange.fetchPositions()).length === 1));
const placed = await step('createOrder, limit', () => exchange.createLimitBuyOrder(PAIR, 0.01, 40000));
await step('fetchOrder', async () => isTrue((await exchange.fetchOrder(placed.id, PAIR)).status === 'open'));
await step('editOrder', () => exchange.editOrder(placed.id, PAIR, 'limit', 'buy', 0.02, 41000));
await step('cancelOrder', () => exchange.cancelOrder(placed.id, PAIR));
const stop = { stopLossPrice: 50000 };
const waiting = await step('createOrder, stop', () => exchange.createOrder(PAIR, 'market', 'sell', 0.01, undefined, stop));
const trailing = await step('createTrailingPercentOrder', () =>
    exchange.createTrailingPercentOrder(PAIR, 'market', 'sell', 0.01, undefined, 5));
await step('cancelOrders', () => exchange.cancelOrders([waiting.id, trailing.id]));
const batch = [40000, 41000].map((price) => ({ symbol: PAIR, type: 'limit', side: 'buy', amount: 0.01, price }));
await step('createOrders', () => exchange.createOrders(batch));
await step('createOrder, market', () => exchange.createMarketSellOrder(PAIR, 0.1));
await step('createMarketBuyOrderWithCost', () => exchange.createMarketBuyOrderWithCost(PAIR, 1000));
await refused('createOrder, too large', () => exchange.createMarketBuyOrder(PAIR, 100), 'InsufficientFunds');
await step('cancelAllOrdersAfter', () => exchange.cancelAllOrdersAfter(60000));
await step('cancelAllOrders', () => exchange.cancelAllOrders());
await step('fetchDepositMethods', () => exchange.fetchDepositMethods('BTC'));
await step('fetchDepositAddress', () => exchange.fetchDepositAddress('BTC'));
await step('fetchDeposits', () => exchange.fetchDeposits('BTC'));
await step('fetchWithdrawals', () => exchange.fetchWithdrawals('BTC'));
await refused('withdraw', () => exchange.withdraw('BTC', 1, 'no-such', { key: 'no-such' }), 'Unknown withdraw key');
await refused('transfer', () => exchange.transfer('BTC', 1, 'spot', 'swap'), 'PermissionDenied');
const codes = { BTC: 'XXBT', ETH: 'XETH', USD: 'ZUSD', EUR: 'ZEUR', 'DOT28.S': 'DOT28.S', SOL: 'SOL' };
await step('fetchBalance, in the end', async () => {
    const { total } = await exchange.fetchBalance();
    books(Object.fromEntries(Object.entries(total).map(([name, amount]) => [codes[name] ?? name, amount])));
});
