"""What the simulated exchange lists: a selection of Kraken's assets and pairs under their real names.

Codes, altnames, decimals and the oddities among them follow Kraken's public Assets and AssetPairs. Prices are
made up, plausible and consistent with each other. Some pairs are left out, so that there are assets priced in euro
only (REPV2, MOVR), in bitcoin only (POLS), in ether only (ETHW) or two pairs away from both (BSX); some assets
have no pair at all (XRT, USD.HOLD). `stands for` names the asset that a suffixed code is a holding of, one to one.
"""

ASSETS = """
# code       stands for altname    decimals display collateral
  ZUSD       -          USD        4        2       1
  ZEUR       -          EUR        4        2       1
  ZGBP       -          GBP        4        2       1
  ZCAD       -          CAD        4        2       1
  ZAUD       -          AUD        4        2       1
  ZJPY       -          JPY        2        0       1
  CHF        -          CHF        4        2       1
  KFEE       -          FEE        2        2       -
  USD.M      ZUSD       USD.M      4        2       -
  USD.F      ZUSD       USD.F      4        2       -
  USD.HOLD   ZUSD       USD.HOLD   4        2       -
  EUR.M      ZEUR       EUR.M      4        2       -
  EUR.F      ZEUR       EUR.F      4        2       -
  EUR.HOLD   ZEUR       EUR.HOLD   4        2       -
  USDT       -          USDT       8        4       0.95
  USDT.F     USDT       USDT.F     8        4       -
  USDT.B     USDT       USDT.B     8        4       -
  USDC       -          USDC       8        4       0.95
  USDC.M     USDC       USDC.M     8        4       -
  USDC.F     USDC       USDC.F     8        4       -
  DAI        -          DAI        10       5       0.9
  PYUSD      -          PYUSD      8        4       -
  EURC       -          EURC       8        4       -
  XXBT       -          XBT        10       5       1
  XBT.M      XXBT       XBT.M      10       5       -
  XBT.F      XXBT       XBT.F      10       5       -
  XBT.B      XXBT       XBT.B      10       5       -
  WBTC       -          WBTC       10       5       -
  XETH       -          ETH        10       5       1
  ETH.F      XETH       ETH.F      10       5       -
  ETH.B      XETH       ETH.B      10       5       -
  ETH2       XETH       ETH2       10       5       -
  ETH2.S     XETH       ETH2.S     10       5       -
  ETHW       -          ETHW       10       5       -
  XETC       -          ETC        10       5       0.7
  XXRP       -          XRP        8        5       0.9
  XLTC       -          LTC        10       5       0.9
  XXDG       -          XDG        8        2       0.8
  XXLM       -          XLM        8        5       0.8
  XXMR       -          XMR        10       5       0.8
  XZEC       -          ZEC        10       5       0.7
  XMLN       -          MLN        10       5       -
  XREP       -          REP        10       5       -
  REPV2      -          REPV2      10       5       -
  BCH        -          BCH        10       5       0.9
  SOL        -          SOL        10       5       0.9
  SOL.S      SOL        SOL.S      10       5       -
  SOL.F      SOL        SOL.F      10       5       -
  SOL.B      SOL        SOL.B      10       5       -
  SOL03.S    SOL        SOL03.S    10       5       -
  DOT        -          DOT        10       8       0.9
  DOT.S      DOT        DOT.S      10       8       -
  DOT.F      DOT        DOT.F      10       8       -
  DOT.B      DOT        DOT.B      10       8       -
  DOT.P      DOT        DOT.P      10       8       -
  DOT28.S    DOT        DOT28.S    10       8       -
  ADA        -          ADA        8        6       0.9
  ADA.S      ADA        ADA.S      8        6       -
  ADA.F      ADA        ADA.F      8        6       -
  ATOM       -          ATOM       8        6       0.9
  ATOM.S     ATOM       ATOM.S     8        6       -
  ATOM21.S   ATOM       ATOM21.S   8        6       -
  ALGO       -          ALGO       8        5       0.7
  ALGO.S     ALGO       ALGO.S     8        5       -
  AVAX       -          AVAX       10       5       0.8
  AAVE       -          AAVE       10       5       0.8
  APE        -          APE        10       5       0.5
  BONK       -          BONK       6        2       -
  BSX        -          BSX        10       5       -
  C98        -          C98        10       5       -
  CRV        -          CRV        10       5       0.5
  FIL        -          FIL        10       5       0.7
  FLOW       -          FLOW       10       5       0.5
  FLOW.S     FLOW       FLOW.S     10       5       -
  FLOW14.S   FLOW       FLOW14.S   10       5       -
  GRT        -          GRT        10       5       0.6
  GRT28.S    GRT        GRT28.S    10       5       -
  ICP        -          ICP        8        5       0.5
  KAVA       -          KAVA       8        6       0.5
  KAVA21.S   KAVA       KAVA21.S   8        6       -
  KSM        -          KSM        10       8       0.5
  KSM.S      KSM        KSM.S      10       8       -
  KSM.P      KSM        KSM.P      10       8       -
  KSM07.S    KSM        KSM07.S    10       8       -
  LINK       -          LINK       10       5       0.9
  LUNA       -          LUNA       8        2       -
  LUNA2      -          LUNA2      8        5       -
  MINA       -          MINA       10       5       0.6
  MINA.S     MINA       MINA.S     10       5       -
  MOVR       -          MOVR       10       5       -
  NEAR       -          NEAR       10       5       0.6
  PAXG       -          PAXG       10       5       0.8
  PEPE       -          PEPE       5        0       -
  POL        -          POL        10       5       0.7
  POL04.S    POL        POL04.S    10       5       -
  POLS       -          POLS       10       5       -
  SHIB       -          SHIB       5        0       0.5
  SUI        -          SUI        10       5       0.5
  TIA        -          TIA        6        5       0.5
  TRX        -          TRX        8        5       0.9
  TRX.S      TRX        TRX.S      8        5       -
  UNI        -          UNI        10       5       0.8
  XTZ        -          XTZ        8        6       0.8
  XTZ.S      XTZ        XTZ.S      8        6       -
  XRT        -          XRT        10       5       -
  1INCH      -          1INCH      10       5       -
  0G         -          0G         10       5       -
"""

TOKENIZED_ASSETS = """
# code       stands for altname    decimals display collateral
  AAPLx      -          AAPLx      10       5       -
  AAPLx.T    AAPLx      AAPLx.T    10       5       -
  TSLAx      -          TSLAx      10       5       -
  NVDAx      -          NVDAx      10       5       -
  SPYx       -          SPYx       10       5       -
  MSTRx      -          MSTRx      10       5       -
"""

PAIRS = """
# pair       base    quote  decimals ordermin     leverage price
  XXBTZUSD   XXBT    ZUSD   1        0.00005      5        64250.1
  XXBTZEUR   XXBT    ZEUR   1        0.00005      5        59216.7
  XXBTZGBP   XXBT    ZGBP   1        0.00005      3        50590.6
  XXBTZCAD   XXBT    ZCAD   1        0.00005      3        88022.6
  XXBTZJPY   XXBT    ZJPY   0        0.00005      3        9733890
  XBTAUD     XXBT    ZAUD   1        0.00005      3        98091.8
  XBTCHF     XXBT    CHF    1        0.00005      3        56540.1
  XBTUSDT    XXBT    USDT   1        0.00005      5        64262.9
  XBTUSDC    XXBT    USDC   2        0.00005      5        64255.23
  XBTDAI     XXBT    DAI    1        0.00005      -        64263.0
  XETHZUSD   XETH    ZUSD   2        0.001        5        3150.25
  XETHZEUR   XETH    ZEUR   2        0.001        5        2903.46
  XETHXXBT   XETH    XXBT   5        0.001        5        0.04903
  XETHZGBP   XETH    ZGBP   2        0.001        3        2480.51
  XETHZCAD   XETH    ZCAD   2        0.001        3        4315.84
  XETHZJPY   XETH    ZJPY   0        0.001        3        477263
  ETHAUD     XETH    ZAUD   2        0.001        3        4809.54
  ETHCHF     XETH    CHF    2        0.001        3        2772.22
  ETHUSDT    XETH    USDT   2        0.001        5        3150.88
  ETHUSDC    XETH    USDC   2        0.001        5        3150.50
  ETH2.SETH  ETH2.S  XETH   4        0.001        -        0.9980
  ETHWETH    ETHW    XETH   6        2            -        0.000540
  WBTCUSD    WBTC    ZUSD   1        0.0001       -        64180.4
  WBTCXBT    WBTC    XXBT   5        0.0001       -        0.99890
  XETCZUSD   XETC    ZUSD   3        0.2          3        19.450
  XETCZEUR   XETC    ZEUR   3        0.2          3        17.926
  XETCXXBT   XETC    XXBT   6        0.2          -        0.000303
  XXRPZUSD   XXRP    ZUSD   5        2            5        0.52310
  XXRPZEUR   XXRP    ZEUR   5        2            5        0.48212
  XXRPXXBT   XXRP    XXBT   8        2            3        0.00000814
  XXRPZJPY   XXRP    ZJPY   3        2            -        79.250
  XXRPZCAD   XXRP    ZCAD   5        2            -        0.71665
  XRPUSDT    XXRP    USDT   5        2            3        0.52320
  XLTCZUSD   XLTC    ZUSD   2        0.05         5        82.40
  XLTCZEUR   XLTC    ZEUR   2        0.05         5        75.94
  XLTCXXBT   XLTC    XXBT   6        0.05         3        0.001282
  XDGUSD     XXDG    ZUSD   7        13           5        0.1234000
  XDGEUR     XXDG    ZEUR   7        13           3        0.1137330
  XXDGXXBT   XXDG    XXBT   8        13           -        0.00000192
  XDGUSDT    XXDG    USDT   7        13           3        0.1234240
  XXLMZUSD   XXLM    ZUSD   6        20           3        0.112500
  XXLMZEUR   XXLM    ZEUR   6        20           3        0.103687
  XXLMXXBT   XXLM    XXBT   8        20           -        0.00000175
  XXMRZUSD   XXMR    ZUSD   2        0.02         3        165.30
  XXMRZEUR   XXMR    ZEUR   2        0.02         3        152.35
  XXMRXXBT   XXMR    XXBT   6        0.02         -        0.002573
  XZECZUSD   XZEC    ZUSD   2        0.05         -        28.10
  XZECZEUR   XZEC    ZEUR   2        0.05         -        25.90
  XMLNZUSD   XMLN    ZUSD   3        0.3          -        17.620
  XMLNXXBT   XMLN    XXBT   6        0.3          -        0.000274
  XREPZEUR   XREP    ZEUR   3        0.3          -        0.942
  REPV2EUR   REPV2   ZEUR   3        6            -        0.985
  BCHUSD     BCH     ZUSD   2        0.01         3        455.60
  BCHEUR     BCH     ZEUR   2        0.01         3        419.91
  BCHXBT     BCH     XXBT   5        0.01         -        0.00709
  SOLUSD     SOL     ZUSD   2        0.02         5        148.25
  SOLEUR     SOL     ZEUR   2        0.02         5        136.64
  SOLXBT     SOL     XXBT   7        0.02         3        0.0023074
  SOLETH     SOL     XETH   6        0.02         -        0.047060
  SOLUSDT    SOL     USDT   2        0.02         3        148.28
  DOTUSD     DOT     ZUSD   4        0.5          5        6.4500
  DOTEUR     DOT     ZEUR   4        0.5          5        5.9447
  DOTXBT     DOT     XXBT   7        0.5          3        0.0001004
  DOTETH     DOT     XETH   6        0.5          -        0.002047
  DOTUSDT    DOT     USDT   4        0.5          3        6.4513
  ADAUSD     ADA     ZUSD   6        10           5        0.452000
  ADAEUR     ADA     ZEUR   6        10           5        0.416590
  ADAXBT     ADA     XXBT   8        10           3        0.00000703
  ADAETH     ADA     XETH   7        10           -        0.0001435
  ADAUSDT    ADA     USDT   6        10           -        0.452090
  ATOMUSD    ATOM    ZUSD   4        0.5          3        8.2100
  ATOMEUR    ATOM    ZEUR   4        0.5          3        7.5668
  ATOMXBT    ATOM    XXBT   7        0.5          -        0.0001278
  ALGOUSD    ALGO    ZUSD   5        20           3        0.18200
  ALGOEUR    ALGO    ZEUR   5        20           3        0.16774
  AVAXUSD    AVAX    ZUSD   2        0.1          3        35.70
  AVAXEUR    AVAX    ZEUR   2        0.1          3        32.90
  AAVEUSD    AAVE    ZUSD   2        0.05         3        91.30
  AAVEETH    AAVE    XETH   4        0.05         -        0.0290
  APEUSD     APE     ZUSD   3        4            -        1.182
  BONKUSD    BONK    ZUSD   9        250000       -        0.000024310
  BSXKSM     BSX     KSM    7        2000         -        0.0000055
  C98USD     C98     ZUSD   4        30           -        0.2570
  C98EUR     C98     ZEUR   4        30           -        0.2369
  CRVUSD     CRV     ZUSD   3        10           -        0.441
  CRVETH     CRV     XETH   6        10           -        0.000140
  FILUSD     FIL     ZUSD   3        1            3        5.860
  FILEUR     FIL     ZEUR   3        1            -        5.401
  FLOWUSD    FLOW    ZUSD   3        7            -        0.902
  GRTUSD     GRT     ZUSD   4        20           -        0.2745
  GRTEUR     GRT     ZEUR   4        20           -        0.2530
  ICPUSD     ICP     ZUSD   3        0.5          -        12.340
  KAVAUSD    KAVA    ZUSD   4        6            -        0.6710
  KSMEUR     KSM     ZEUR   2        0.2          -        26.42
  KSMDOT     KSM     DOT    4        0.2          -        4.4440
  LINKUSD    LINK    ZUSD   5        0.3          5        14.05000
  LINKEUR    LINK    ZEUR   5        0.3          3        12.94931
  LINKXBT    LINK    XXBT   7        0.3          -        0.0002187
  LUNAUSD    LUNA    ZUSD   8        50000        -        0.00010230
  LUNA2USD   LUNA2   ZUSD   4        10           -        0.5980
  LUNA2EUR   LUNA2   ZEUR   4        10           -        0.5511
  MINAUSD    MINA    ZUSD   4        7            -        0.8120
  MOVREUR    MOVR    ZEUR   3        0.4          -        12.150
  NEARUSD    NEAR    ZUSD   3        1.5          -        6.912
  PAXGUSD    PAXG    ZUSD   2        0.0025       -        2345.60
  PAXGXBT    PAXG    XXBT   5        0.0025       -        0.03651
  PEPEUSD    PEPE    ZUSD   9        600000       3        0.000011240
  POLUSD     POL     ZUSD   4        10           3        0.7015
  POLEUR     POL     ZEUR   4        10           -        0.6465
  POLSXBT    POLS    XXBT   8        10           -        0.00000952
  SHIBUSD    SHIB    ZUSD   8        200000       3        0.00002405
  SHIBEUR    SHIB    ZEUR   8        200000       3        0.00002217
  SUIUSD     SUI     ZUSD   4        3            3        1.0215
  TIAUSD     TIA     ZUSD   4        0.5          -        9.4380
  TRXUSD     TRX     ZUSD   6        40           3        0.118400
  TRXEUR     TRX     ZEUR   6        40           3        0.109124
  TRXXBT     TRX     XXBT   9        40           -        0.000001843
  UNIUSD     UNI     ZUSD   3        0.7          3        9.815
  UNIXBT     UNI     XXBT   7        0.7          -        0.0001528
  XTZUSD     XTZ     ZUSD   4        5            3        0.9310
  XTZEUR     XTZ     ZEUR   4        5            3        0.8581
  1INCHUSD   1INCH   ZUSD   3        12           -        0.392
  0GUSD      0G      ZUSD   3        2            -        1.276
  ZEURZUSD   ZEUR    ZUSD   5        0.5          3        1.08500
  ZGBPZUSD   ZGBP    ZUSD   5        0.5          3        1.27000
  ZUSDZCAD   ZUSD    ZCAD   5        0.5          3        1.37000
  ZUSDZJPY   ZUSD    ZJPY   3        0.5          3        151.500
  USDCHF     ZUSD    CHF    5        0.5          3        0.88000
  AUDUSD     ZAUD    ZUSD   5        0.5          3        0.65500
  AUDJPY     ZAUD    ZJPY   3        0.5          -        99.232
  EURGBP     ZEUR    ZGBP   5        0.5          -        0.85433
  EURCHF     ZEUR    CHF    5        0.5          -        0.95480
  EURJPY     ZEUR    ZJPY   3        0.5          -        164.378
  EURCAD     ZEUR    ZCAD   5        0.5          -        1.48645
  EURAUD     ZEUR    ZAUD   5        0.5          -        1.65649
  USDTZUSD   USDT    ZUSD   5        5            3        0.99980
  USDTEUR    USDT    ZEUR   4        5            -        0.9215
  USDTJPY    USDT    ZJPY   2        5            -        151.47
  USDCUSD    USDC    ZUSD   4        5            3        0.9999
  USDCEUR    USDC    ZEUR   4        5            -        0.9216
  USDCUSDT   USDC    USDT   4        5            -        1.0001
  DAIUSD     DAI     ZUSD   5        5            -        0.99980
  DAIEUR     DAI     ZEUR   5        5            -        0.92147
  PYUSDUSD   PYUSD   ZUSD   4        5            -        0.9998
  PYUSDEUR   PYUSD   ZEUR   4        5            -        0.9215
  EURCEUR    EURC    ZEUR   4        5            -        0.9996
"""

TOKENIZED_PAIRS = """
# pair       base    quote  decimals ordermin     leverage price
  AAPLxUSD   AAPLx   ZUSD   2        0.0025       -        228.40
  AAPLxEUR   AAPLx   ZEUR   2        0.0025       -        210.51
  TSLAxUSD   TSLAx   ZUSD   2        0.0025       -        251.35
  NVDAxUSD   NVDAx   ZUSD   2        0.0025       -        131.20
  SPYxUSD    SPYx    ZUSD   2        0.0025       -        585.90
  MSTRxUSD   MSTRx   ZUSD   2        0.0025       -        312.45
"""

COST_DECIMALS = {"XXBT": 10, "XETH": 10, "DOT": 10, "KSM": 10, "ZJPY": 3}
"""Decimals of an order's cost by quote currency; 5 for every other."""

COST_MINIMUM = {
    "ZUSD": "0.5",
    "ZEUR": "0.45",
    "ZGBP": "0.4",
    "ZCAD": "0.65",
    "ZAUD": "0.75",
    "ZJPY": "75",
    "CHF": "0.45",
    "USDT": "0.5",
    "USDC": "0.5",
    "DAI": "0.5",
    "XXBT": "0.00001",
    "XETH": "0.0002",
    "DOT": "0.1",
    "KSM": "0.02",
}
"""The smallest cost of an order by quote currency (AssetPairs' `costmin`)."""
