package waybill.facilitator;

import java.math.BigInteger;
import waybill.facilitator.Chain.CallResult;
import waybill.seller.FacilitatorException;
import waybill.seller.PayerFunds;
import waybill.x402.Address;
import waybill.x402.Network;
import waybill.x402.Permit2Contracts;

/** What payers can spend, read from a chain: for sellers whose facilitator is elsewhere. It holds no key. Thread-safe. */
public final class ChainFunds implements PayerFunds {
    private static final BigInteger READ_GAS = BigInteger.valueOf(300_000);

    private final Chain chain;

    /** Funds on {@code chain}. */
    public ChainFunds(Chain chain) {
        this.chain = chain;
    }

    @Override
    public BigInteger spendable(Network network, Address token, Address owner) {
        if (!network.equals(chain.network())) {
            throw new FacilitatorException("funds are seen on " + chain.network() + " only, not on " + network);
        }
        BigInteger balance = read(token, owner, Token.balanceOf(owner));
        return balance.min(read(token, owner, Token.allowance(owner, Permit2Contracts.CANONICAL.permit2())));
    }

    private BigInteger read(Address token, Address owner, byte[] call) {
        CallResult said = chain.call(owner, token, call, READ_GAS);
        if (!said.isWord()) {
            throw new FacilitatorException("the token " + token + " does not say what " + owner + " can spend");
        }
        return said.word();
    }
}
