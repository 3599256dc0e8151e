package waybill.wallet;

import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.ApprovalSponsoring;
import waybill.x402.ApprovalTransaction;
import waybill.x402.Asset;
import waybill.x402.Eip2612Sponsoring;
import waybill.x402.Network;
import waybill.x402.Permit2Contracts;

/**
 * Whether Permit2 may take what a payment needs, as the person's node tells, and what is sent along where it may not: a
 * permit of exactly that sum, or, if a person allowed it, an approval that a facilitator pays the gas for.
 */
final class Allowances {
    private static final BigInteger MOST_PRIORITY =
            BigInteger.valueOf(100_000_000); // 0.1 gwei, as the reference's default

    private final Address payer;
    private final Policy policy;
    private final Permit2Contracts contracts;
    private final Map<Network, ChainNode> nodes;
    private final Journal journal;

    Allowances(
            Address payer, Policy policy, Permit2Contracts contracts, Map<Network, ChainNode> nodes, Journal journal) {
        this.payer = payer;
        this.policy = policy;
        this.contracts = contracts;
        this.nodes = nodes;
        this.journal = journal;
    }

    /** What goes to the seller beside the payment itself. */
    sealed interface Sponsorship {
        /** Nothing. */
        record None() implements Sponsorship {}

        /** A permit for Permit2, with the owner's next nonce in the token. */
        record ByPermit(BigInteger nonce) implements Sponsorship {}

        /** An approval of Permit2. */
        record ByApproval(ApprovalTransaction transaction) implements Sponsorship {}
    }

    /** Whether a payment of {@code amount} to a seller with these extensions can be collected. */
    Decision judge(Amount amount, Map<String, @Nullable Object> extensions) {
        try {
            plan(amount, extensions);
            return Decision.allowed();
        } catch (Refusal refusal) {
            return Decision.denied(refusal.code(), refusal.sentence());
        }
    }

    /**
     * What has to be sent along.
     *
     * @throws Refusal when Permit2 may not take the sum and nothing that helps may be sent, or the node does not tell
     */
    Sponsorship plan(Amount amount, Map<String, @Nullable Object> extensions) {
        Asset asset = amount.asset();
        ChainNode node = nodes.get(asset.network());
        if (node == null) {
            throw missing("whether Permit2 may take " + amount + " cannot be looked up: no node is configured for "
                    + asset.network() + ". A person sets waybill.wallet.rpc");
        }
        Permit2Chain chain = new Permit2Chain(node, contracts);
        try {
            BigInteger allowance = chain.allowance(asset, payer);
            if (allowance.compareTo(amount.atomic().add(held(asset))) >= 0) {
                return new Sponsorship.None();
            }
            if (extensions.containsKey(Eip2612Sponsoring.KEY) && asset.hasDomain()) {
                return new Sponsorship.ByPermit(chain.permitNonce(asset, payer));
            }
            if (extensions.containsKey(ApprovalSponsoring.KEY)) {
                return approval(node, amount, allowance);
            }
            throw missing("Permit2 may take " + new Amount(asset, allowance) + " of " + payer + ", and " + amount
                    + " is asked" + besides(asset) + ". A person approves it once: waybill wallet approve-token "
                    + asset.symbol());
        } catch (IOException e) {
            throw missing("whether Permit2 may take " + amount + " cannot be looked up: " + e.getMessage());
        }
    }

    /**
     * The transactions after which Permit2 may take {@code amount} of the account, in their order. A token that wants its
     * allowance set to 0 before it is changed gets that first.
     *
     * @throws IOException when the node does not answer, or none is configured for the token's chain
     */
    List<ApprovalTransaction> approvals(Asset asset, BigInteger amount) throws IOException {
        ChainNode node = nodes.get(asset.network());
        if (node == null) {
            throw new IOException("no node is configured for " + asset.network() + "; set waybill.wallet.rpc");
        }
        BigInteger allowance = new Permit2Chain(node, contracts).allowance(asset, payer);
        if (allowance.equals(amount)) {
            return List.of();
        }
        BigInteger nonce = node.transactionCount(payer);
        List<ApprovalTransaction> approvals = new ArrayList<>();
        if (allowance.signum() > 0 && amount.signum() > 0) {
            approvals.add(transaction(node, asset, BigInteger.ZERO, nonce));
            nonce = nonce.add(BigInteger.ONE);
        }
        approvals.add(transaction(node, asset, amount, nonce));
        return approvals;
    }

    private ApprovalTransaction transaction(ChainNode node, Asset asset, BigInteger amount, BigInteger nonce)
            throws IOException {
        BigInteger maxFee = node.gasPrice().shiftLeft(1);
        return new ApprovalTransaction(
                asset.network(),
                asset.address(),
                contracts.permit2(),
                amount,
                nonce,
                ApprovalTransaction.SPONSORED_GAS,
                maxFee,
                maxFee.min(MOST_PRIORITY));
    }

    private Sponsorship approval(ChainNode node, Amount amount, BigInteger allowance) throws IOException {
        Asset asset = amount.asset();
        if (!policy.sponsoredApprovals()) {
            throw missing("Permit2 may take " + new Amount(asset, allowance) + " of " + payer + ", and " + amount
                    + " is asked. The seller would pay the gas of an approval; a person allows that with"
                    + " waybill.wallet.sponsored-approvals, or approves once: waybill wallet approve-token "
                    + asset.symbol());
        }
        if (allowance.signum() > 0) {
            throw missing("Permit2 may take " + new Amount(asset, allowance) + " of " + payer
                    + ", which some tokens want set to 0 before it is changed. A person does: waybill wallet"
                    + " approve-token " + asset.symbol());
        }
        return new Sponsorship.ByApproval(
                transaction(node, asset, ApprovalTransaction.UNLIMITED, node.transactionCount(payer)));
    }

    /** What open payments in the token may still take; some of them of the same allowance. */
    private BigInteger held(Asset asset) {
        return journal.ledger().totals().held().stream()
                .filter(sum -> sum.asset().equals(asset))
                .map(Amount::atomic)
                .findFirst()
                .orElse(BigInteger.ZERO);
    }

    private String besides(Asset asset) {
        BigInteger held = held(asset);
        return held.signum() == 0 ? "" : " beside " + new Amount(asset, held) + " of open payments";
    }

    private static Refusal missing(String sentence) {
        return new Refusal(PaymentCode.ALLOWANCE_MISSING, sentence);
    }
}
