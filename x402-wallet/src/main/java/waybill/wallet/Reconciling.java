package waybill.wallet;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Network;
import waybill.x402.Permit2Contracts;

/** Finds out from the person's own nodes how payments ended, and writes it down. */
final class Reconciling {
    private static final int MOST_VERIFIED = 1_000_000;

    private final Journal journal;
    private final Map<Network, ChainNode> nodes;
    private final Permit2Contracts permit2;

    Reconciling(Journal journal, Map<Network, ChainNode> nodes, Permit2Contracts permit2) {
        this.journal = journal;
        this.nodes = nodes;
        this.permit2 = permit2;
    }

    /**
     * Looks at every payment whose end is not proven.
     *
     * @return those that changed
     * @throws IOException when a node does not answer; what the others showed is kept
     */
    List<PaymentRecord> all() throws IOException {
        List<PaymentRecord> changed = new ArrayList<>();
        Map<Network, IOException> silent = new LinkedHashMap<>();
        for (PaymentRecord payment : journal.ledger().unproven()) {
            Network network = payment.network();
            if (network == null || silent.containsKey(network)) {
                continue;
            }
            try {
                one(payment).ifPresent(changed::add);
            } catch (IOException e) {
                silent.put(network, e);
            } catch (IllegalStateException e) {
                // a call has moved it on meanwhile, and will leave it where the next look finds it
            }
        }
        if (!silent.isEmpty()) {
            throw new IOException(
                    "no answer from the node of " + silent.keySet(),
                    silent.values().iterator().next());
        }
        return changed;
    }

    /** Whether the chain shows that an unresolved payment has ended, so that the same call may be made anew. */
    boolean ended(Call call, PaymentRecord payment) {
        try {
            return one(payment).isPresent()
                    && journal.ledger()
                            .unanswered(call.fingerprint(), journal.now())
                            .isEmpty();
        } catch (IOException e) {
            return false; // nothing learnt: the payment stays as it is
        }
    }

    /** Looks at one payment at once; a node that is silent leaves it as it is. */
    void look(String paymentId) {
        try {
            Optional<PaymentRecord> payment = journal.ledger().payment(paymentId);
            if (payment.isPresent() && payment.get().state().unresolved()) {
                one(payment.get());
            }
        } catch (IOException | IllegalStateException e) {
            // the next look at all of them finds it
        }
    }

    private BuyerScheme scheme(PaymentRecord payment) {
        PaymentMethod paidBy = payment.paidBy();
        return BuyerScheme.of(paidBy == null ? PaymentMethod.EIP3009 : paidBy, permit2);
    }

    private Optional<PaymentRecord> one(PaymentRecord payment) throws IOException {
        Amount amount = payment.amount();
        Address payTo = payment.payTo();
        Instant validBefore = payment.validBefore();
        ChainNode node = amount == null ? null : nodes.get(amount.asset().network());
        if (amount == null || payTo == null || validBefore == null || node == null) {
            return Optional.empty();
        }
        var nonce = journal.ledger().nonce(payment.id());
        var facts = facts(payment, amount, payTo, validBefore);
        BuyerScheme scheme = scheme(payment);
        boolean used = scheme.nonceUsed(node, amount.asset(), payment.payer(), nonce, "latest");
        Optional<BuyerScheme.Transferred> moved =
                used ? scheme.transfer(node, facts, nonce, payment.transaction()) : Optional.empty();
        if (moved.isPresent()) {
            Amount charged = new Amount(amount.asset(), moved.get().atomic());
            return Optional.of(journal.told(journal.ledger()
                    .confirm(
                            payment.id(),
                            moved.get().transaction(),
                            charged.equals(amount) ? null : charged,
                            journal.now())));
        }
        if (!payment.state().unresolved()) {
            return Optional.empty(); // claimed, and not on the chain yet
        }
        ChainNode.Block block = node.finalised();
        if (used) {
            return scheme.takenBack(node, facts, nonce, block)
                    .map(hash -> journal.move(
                            payment.id(), new Step.Voided("taken back by the account itself, in transaction " + hash)));
        }
        boolean neverToBeCollected = block.seconds() > validBefore.getEpochSecond()
                && !scheme.nonceUsed(node, amount.asset(), payment.payer(), nonce, ChainNode.tag(block));
        if (!neverToBeCollected) {
            return Optional.empty();
        }
        String proof = "the authorisation ran out at " + validBefore + " and block " + block.number()
                + ", which is final, shows its nonce unused";
        return Optional.of(journal.move(payment.id(), new Step.Voided(proof)));
    }

    private static ChainNode.PaymentFacts facts(
            PaymentRecord payment, Amount amount, Address payTo, Instant validBefore) {
        return new ChainNode.PaymentFacts(
                amount,
                payment.payer(),
                payTo,
                payment.createdAt().minus(Authorising.VALID_AT_MOST).getEpochSecond(),
                validBefore.getEpochSecond());
    }

    /** Looks the settled payments up again, confirmed ones too, and changes nothing. */
    ChainFindings verify() throws IOException {
        int asked = 0;
        int shown = 0;
        List<String> findings = new ArrayList<>();
        for (PaymentRecord payment : journal.ledger().payments(MOST_VERIFIED)) {
            Amount amount = payment.amount();
            Address payTo = payment.payTo();
            Instant validBefore = payment.validBefore();
            ChainNode node = amount == null ? null : nodes.get(amount.asset().network());
            if (payment.state() != PaymentState.SETTLED
                    || amount == null
                    || payTo == null
                    || validBefore == null
                    || node == null) {
                continue;
            }
            asked++;
            var nonce = journal.ledger().nonce(payment.id());
            Optional<BuyerScheme.Transferred> found = scheme(payment)
                    .transfer(node, facts(payment, amount, payTo, validBefore), nonce, payment.transaction());
            if (found.isPresent()) {
                shown++;
            } else if (payment.confirmed()) {
                findings.add("payment " + payment.id() + " of " + amount + " to " + payTo
                        + " was confirmed, but the chain no longer shows " + payment.transaction());
            } else if (node.finalised().seconds() > validBefore.getEpochSecond()) {
                findings.add(
                        "payment " + payment.id() + " of " + amount + " to " + payTo + " is settled by the seller's"
                                + " word only: it ran out at " + validBefore + " and the chain shows no transfer");
            }
        }
        return new ChainFindings(asked, shown, findings);
    }

    /** The token of a payment that can be taken back. */
    Asset cancellable(String paymentId) {
        PaymentRecord payment = unresolved(paymentId, "taken back");
        Instant until = payment.validBefore();
        if (until == null || !journal.now().isBefore(until)) {
            throw new IllegalStateException("payment " + paymentId + " ran out at " + until
                    + " and can no longer be collected; 'reconcile' frees it, or 'release' without a node");
        }
        Amount amount = payment.amount();
        if (amount == null || payment.paidBy() != PaymentMethod.EIP3009) {
            throw new IllegalStateException("payment " + paymentId
                    + " goes through Permit2, where only a transaction of the account itself takes it back"
                    + " (invalidateUnorderedNonces); it runs out at " + until);
        }
        return amount.asset();
    }

    private PaymentRecord unresolved(String paymentId, String done) {
        PaymentRecord payment = journal.ledger()
                .payment(paymentId)
                .orElseThrow(() -> new IllegalArgumentException("no payment " + paymentId));
        if (!payment.state().unresolved()) {
            throw new IllegalStateException("payment " + paymentId + " is " + payment.state()
                    + "; only a PENDING, UNKNOWN or REJECTED one can be " + done);
        }
        return payment;
    }

    /** Frees the amount of an unresolved payment on a person's word, once nobody can collect it. */
    PaymentRecord release(String paymentId) {
        Instant until = unresolved(paymentId, "released").validBefore();
        if (until != null && !journal.now().isAfter(until)) {
            throw new IllegalStateException(
                    "payment " + paymentId + " can be collected until " + until + "; release it after that");
        }
        return journal.move(paymentId, new Step.Voided("released by a person"));
    }
}
