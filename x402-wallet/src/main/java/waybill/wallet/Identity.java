package waybill.wallet;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.x402.MalformedWireException;
import waybill.x402.Network;
import waybill.x402.SignIn;
import waybill.x402.SignInChallenge;
import waybill.x402.SignInProof;

/** Signs in to a site that asks ({@code sign-in-with-x}): only to the site itself, only now, only in our words. */
final class Identity {
    private static final Duration OLDEST = Duration.ofMinutes(5);

    private final Authorising authorising;
    private final Policy policy;
    private final Journal journal;

    Identity(Authorising authorising, Policy policy, Journal journal) {
        this.authorising = authorising;
        this.policy = policy;
        this.journal = journal;
    }

    /** The header's value; empty when the site asks for no account of ours. */
    Optional<String> header(URI url, Map<String, @Nullable Object> extensions) {
        SignIn message;
        try {
            SignInChallenge challenge = SignInChallenge.in(extensions);
            Optional<Network> network = challenge == null
                    ? Optional.empty()
                    : challenge.networks().stream()
                            .filter(one -> !(policy.judge(one) instanceof Decision.Denied))
                            .findFirst();
            if (challenge == null || network.isEmpty()) {
                return Optional.empty();
            }
            message = challenge.message(authorising.address(), network.get());
        } catch (MalformedWireException e) {
            throw new Refusal(PaymentCode.BILL_MALFORMED, Words.cut(e.getMessage(), 300));
        }
        requireFor(url, message);
        try {
            return Optional.of(
                    new SignInProof(message, authorising.identify(message).toHex()).encode());
        } catch (SigningException e) {
            throw new Refusal(PaymentCode.SIGNER_REFUSED, "the signer did not sign: " + Words.cut(e.getMessage(), 200));
        }
    }

    private void requireFor(URI url, SignIn message) {
        Origin asked = Origin.of(url);
        Origin named;
        try {
            named = Origin.of(URI.create(message.uri()));
        } catch (IllegalArgumentException e) {
            throw new Refusal(PaymentCode.RESOURCE_MISMATCH, "the sign-in is for no URL that can be asked");
        }
        if (!message.domain().equalsIgnoreCase(asked.authority()) || !named.equals(asked)) {
            throw new Refusal(
                    PaymentCode.RESOURCE_MISMATCH,
                    "the request went to " + asked + ", the sign-in is for " + Words.cut(message.domain(), 100)
                            + " and " + Words.cut(message.uri(), 100));
        }
        if (!message.goodAt(journal.now(), OLDEST.toSeconds())) {
            throw new Refusal(
                    PaymentCode.QUOTE_EXPIRED,
                    "the sign-in is of " + message.issuedAt() + " and not good now, at " + journal.now());
        }
    }
}
