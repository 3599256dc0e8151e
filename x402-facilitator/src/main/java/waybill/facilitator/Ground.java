package waybill.facilitator;

import waybill.x402.Permit2Contracts;

/** What every scheme stands on: the chain, the accounts that pay for gas, and the checks that all make. */
record Ground(
        Chain chain,
        GasAccounts gas,
        Checks checks,
        Receipts receipts,
        FacilitatorSettings settings,
        CoinForPayers coin,
        Permit2Contracts contracts) {}
