package waybill.wallet;

import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.wallet.OfferReader.Reading;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentRequired;

/**
 * Chooses one offer of a bill: the cheapest in dollars that policy, payee, balance and the caller's terms permit, and
 * where none is permitted the cheapest understood, with its refusal. At equal prices the seller's order holds.
 */
final class Choosing {
    private final Address payer;
    private final Policy policy;
    private final Assets assets;
    private final boolean personCanBeAsked;
    private final Map<Network, ChainNode> nodes;
    private final Journal journal;
    private final List<BuyerScheme> schemes;
    private final Allowances allowances;

    Choosing(
            Address payer,
            Policy policy,
            Assets assets,
            boolean personCanBeAsked,
            Map<Network, ChainNode> nodes,
            Journal journal,
            List<BuyerScheme> schemes,
            Allowances allowances) {
        this.payer = payer;
        this.policy = policy;
        this.assets = assets;
        this.personCanBeAsked = personCanBeAsked;
        this.nodes = nodes;
        this.journal = journal;
        this.schemes = schemes;
        this.allowances = allowances;
    }

    /** An offer with what is said of it. */
    private record Judged(Reading.Understood offer, Decision decision) {
        boolean permitted() {
            return !(decision instanceof Decision.Denied);
        }
    }

    /**
     * The quote of a bill.
     *
     * @throws Refusal when none of its offers is understood, or two cannot be told apart
     */
    Quote quote(Call call, Bill read, Terms terms) {
        PaymentRequired bill = read.required();
        SignedOffers.require(bill, journal.now());
        OfferReader reader = new OfferReader(schemes, assets, policy);
        List<Reading.Understood> understood = new ArrayList<>();
        List<Quote.Passed> passed = new ArrayList<>();
        List<Reading.Foreign> foreign = new ArrayList<>();
        for (Offer offer : new LinkedHashSet<>(bill.accepts())) { // the same offer twice counts once
            Reading reading = reader.read(offer);
            if (reading instanceof Reading.Understood one) {
                understood.add(one);
            } else if (reading instanceof Reading.Foreign other) {
                foreign.add(other);
                passed.add(new Quote.Passed(words(offer), other.code() + ": " + other.message()));
            }
        }
        if (understood.isEmpty()) {
            throw new Refusal(foreign.get(0).code(), notUnderstood(foreign));
        }
        understood.sort(Comparator.comparing(one -> Dollars.of(one.amount())));
        Judged best = best(call, understood, bill.extensions(), terms, passed);
        requireOne(call, best.offer(), understood);
        Quote bound = terms.quote();
        return new Quote(
                bound == null ? journal.newId() : bound.id(),
                call.fingerprint(),
                call.method(),
                call.url(),
                best.offer().amount(),
                best.offer().payTo(),
                best.offer().offer(),
                bill.resource(),
                best.decision(),
                why(best, understood.size(), bill.accepts().size()),
                passed,
                journal.now(),
                best.offer().paidBy(),
                read.version(),
                bill.extensions());
    }

    private static String notUnderstood(List<Reading.Foreign> foreign) {
        return foreign.get(0).message()
                + (foreign.size() == 1
                        ? ""
                        : " (and " + (foreign.size() - 1) + " more offers that are not understood)");
    }

    /** The first permitted one of {@code cheapestFirst}, or the first; the others go to {@code passed}. */
    private Judged best(
            Call call,
            List<Reading.Understood> cheapestFirst,
            Map<String, @Nullable Object> extensions,
            Terms terms,
            List<Quote.Passed> passed) {
        Judged chosen = null;
        List<Judged> denied = new ArrayList<>();
        for (Reading.Understood offer : cheapestFirst) {
            if (chosen != null) {
                passed.add(new Quote.Passed(words(offer.offer()), "not cheaper than the chosen one"));
                continue;
            }
            Judged judged = new Judged(offer, judge(call, offer, extensions, terms));
            if (judged.permitted()) {
                chosen = judged;
            } else {
                denied.add(judged);
            }
        }
        if (chosen == null) {
            chosen = denied.remove(0);
        }
        for (Judged other : denied) {
            passed.add(new Quote.Passed(
                    words(other.offer().offer()),
                    other.decision().code() + ": " + other.decision().message()));
        }
        return chosen;
    }

    private static String why(Judged best, int understood, int offers) {
        if (!best.permitted()) {
            return "the cheapest of the offers that are understood; none may be paid";
        }
        return offers == 1
                ? "the only offer"
                : "the cheapest that may be paid, of " + understood + " understood among " + offers + " offers";
    }

    private Decision judge(Call call, Reading.Understood offer, Map<String, @Nullable Object> extensions, Terms terms) {
        Address expected = expectedPayee(call, offer.amount().asset());
        for (Decision said :
                List.of(policy.judgeDepth(call.tags()), terms.judge(offer), judgePayee(call, offer, expected))) {
            if (said instanceof Decision.Denied) {
                return said;
            }
        }
        Decision price = policy.judge(offer.amount(), personCanBeAsked);
        if (price instanceof Decision.Denied) {
            return price;
        }
        Decision stored = journal.ledger()
                .foresee(
                        call,
                        offer.amount(),
                        offer.payTo(),
                        policy.limits(Origin.of(call.url()), personCanBeAsked),
                        journal.now());
        if (stored instanceof Decision.Denied) {
            return stored;
        }
        Decision funds = judgeFunds(offer.amount());
        if (funds instanceof Decision.Denied) {
            return funds;
        }
        if (offer.paidBy().needsAllowance()
                && allowances.judge(offer.amount(), extensions) instanceof Decision.Denied denied) {
            return denied;
        }
        boolean firstIsHigh = personCanBeAsked
                && expected == null
                && Dollars.of(offer.amount()).compareTo(policy.firstPayment()) > 0;
        return firstIsHigh && price instanceof Decision.Allowed
                ? new Decision.NeedsApproval(Sentences.overFirstPayment(offer.amount(), policy.firstPayment()))
                : price;
    }

    private Decision judgePayee(Call call, Reading.Understood offer, @Nullable Address expected) {
        if (expected == null || expected.equals(offer.payTo())) {
            return Decision.allowed();
        }
        Origin origin = Origin.of(call.url());
        return expected.equals(policy.payee(origin))
                ? Decision.denied(
                        PaymentCode.PAYEE_NOT_ALLOWED,
                        Sentences.otherPayee(offer.payTo().toString(), origin.toString(), expected.toString()))
                : Decision.denied(
                        PaymentCode.PAYEE_CHANGED,
                        Sentences.changedPayee(offer.payTo().toString(), origin.toString(), expected.toString()));
    }

    private @Nullable Address expectedPayee(Call call, Asset asset) {
        Origin origin = Origin.of(call.url());
        Address named = policy.payee(origin);
        return named != null ? named : journal.ledger().payee(origin, asset).orElse(null);
    }

    /** Without a node, or without its answer, the seller will find out. A node of another chain is a mistake to mend. */
    private Decision judgeFunds(Amount price) {
        Asset asset = price.asset();
        ChainNode node = nodes.get(asset.network());
        if (node == null) {
            return Decision.allowed();
        }
        BigInteger balance;
        try {
            balance = node.balanceOf(asset, payer);
        } catch (ChainNode.WrongChainException e) {
            return Decision.denied(
                    PaymentCode.NETWORK_NOT_ALLOWED, e.getMessage() + "; a person mends waybill.wallet.rpc");
        } catch (IOException e) {
            return Decision.allowed();
        }
        BigInteger held = journal.ledger().totals().held().stream()
                .filter(sum -> sum.asset().equals(asset))
                .map(Amount::atomic)
                .findFirst()
                .orElse(BigInteger.ZERO);
        if (balance.subtract(held).compareTo(price.atomic()) >= 0) {
            return Decision.allowed();
        }
        return Decision.denied(
                PaymentCode.INSUFFICIENT_FUNDS,
                price + " was asked; " + payer + " has " + new Amount(asset, balance) + " on " + asset.network() + ", "
                        + new Amount(asset, held)
                        + " of it held for payments that have not ended. Send it more");
    }

    /** Two payees for the same money, neither known: the bill does not say whom it is from. */
    private void requireOne(Call call, Reading.Understood best, List<Reading.Understood> understood) {
        if (expectedPayee(call, best.amount().asset()) != null) {
            return;
        }
        for (Reading.Understood other : understood) {
            if (other.amount().equals(best.amount()) && !other.payTo().equals(best.payTo())) {
                throw new Refusal(
                        PaymentCode.OFFER_AMBIGUOUS,
                        "the bill names two payees for the same price, " + best.payTo() + " and " + other.payTo()
                                + ". A person names the right one with waybill.wallet.payees");
            }
        }
    }

    private static String words(Offer offer) {
        return Words.cut(offer.scheme(), 20) + " " + Words.cut(offer.amount(), 40) + " of "
                + Words.cut(offer.asset(), 50) + " on " + Words.cut(offer.network(), 40);
    }
}
