package waybill.seller;

import java.lang.System.Logger.Level;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.MalformedWireException;
import waybill.x402.Network;
import waybill.x402.SignIn;
import waybill.x402.SignInChallenge;
import waybill.x402.SignInProof;

/**
 * Lets those in again who have paid: asks them to sign in, and judges what they sign. The nonce that is signed carries a MAC
 * over all that it was given out for, so that asking keeps nothing; one that let somebody in is used. Ordinary accounts only.
 * Thread-safe.
 */
final class Visits {
    private static final System.Logger LOG = System.getLogger(Visits.class.getName());
    private static final Address NOBODY = Address.parse("0x0000000000000000000000000000000000000000");
    private static final Duration OLDEST = Duration.ofMinutes(5);
    private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(1);
    private static final int RANDOM_BYTES = 12;
    private static final int MAC_BYTES = 20;

    private final ClaimStore store;
    private final QuoteKey key;
    private final SecureRandom random;
    private final Clock clock;

    Visits(ClaimStore store, QuoteKey key, SecureRandom random, Clock clock) {
        this.store = store;
        this.key = key;
        this.random = random;
        this.clock = clock;
    }

    /** The extension of a bill; null where what is sold does not open again. */
    @Nullable
    Map<String, @Nullable Object> challenge(PricedRequest request, Instant now) {
        Reopening reopening = request.reopening();
        if (reopening == null) {
            return null;
        }
        byte[] salt = new byte[RANDOM_BYTES];
        random.nextBytes(salt);
        String head = HexFormat.of().formatHex(salt);
        String issued = now.truncatedTo(ChronoUnit.MILLIS).toString();
        String expires = now.truncatedTo(ChronoUnit.MILLIS).plus(OLDEST).toString();
        String uri = uri(request, reopening);
        List<Network> networks = request.tags().stream()
                .map(tag -> tag.amount().asset().network())
                .distinct()
                .toList();
        SignIn message = new SignIn(
                reopening.origin().getRawAuthority(),
                NOBODY,
                reopening.statement(),
                uri,
                networks.get(0),
                head + mac(head, uri, issued, expires, request.fingerprint()),
                issued,
                expires,
                null,
                null,
                List.of(uri));
        return SignInChallenge.declaration(message, networks);
    }

    /**
     * The account that this request lets in, because it has paid for the very same one before; empty when it has not, or does
     * not show who it is.
     */
    Optional<Address> admitted(PricedRequest request) {
        Reopening reopening = request.reopening();
        if (reopening == null || request.signIns().size() != 1) {
            return Optional.empty();
        }
        SignInProof proof;
        try {
            proof = SignInProof.parse(request.signIns().get(0));
        } catch (MalformedWireException e) {
            return refused("it cannot be read");
        }
        SignIn message = proof.message();
        String uri = uri(request, reopening);
        String expires = message.expirationTime();
        if (!message.domain().equalsIgnoreCase(reopening.origin().getRawAuthority())
                || !message.uri().equals(uri)) {
            return refused("it is for another place");
        }
        if (expires == null || !isOurs(message.nonce(), uri, message.issuedAt(), expires, request.fingerprint())) {
            return refused("it was not asked for");
        }
        Instant now = clock.instant();
        if (!message.goodAt(now, OLDEST.toSeconds())) {
            return refused("it is too old");
        }
        if (!proof.signedByAccount()) {
            return refused("its signature is not the account's");
        }
        if (!store.visited(visit(message.account(), request), now)) {
            return refused("the account has not paid for this request");
        }
        if (!store.useNonce(message.nonce(), now.plus(OLDEST).plus(CLOCKS_DIFFER))) {
            return refused("it came before");
        }
        return Optional.of(message.account());
    }

    /** What a claim remembers of who may come back, and to what. */
    static String visit(Address account, PricedRequest request) {
        return Fingerprint.of("visit", account.toString(), request.fingerprint());
    }

    private static Optional<Address> refused(String why) {
        LOG.log(Level.DEBUG, "a sign-in opens nothing: {0}", why);
        return Optional.empty();
    }

    private static String uri(PricedRequest request, Reopening reopening) {
        return reopening.base() + request.target();
    }

    private boolean isOurs(String nonce, String... words) {
        if (nonce.length() != 2 * (RANDOM_BYTES + MAC_BYTES)) {
            return false;
        }
        String head = nonce.substring(0, 2 * RANDOM_BYTES);
        String[] all = new String[words.length + 1];
        all[0] = head;
        System.arraycopy(words, 0, all, 1, words.length);
        return MessageDigest.isEqual(Fingerprint.bytes(nonce.substring(2 * RANDOM_BYTES)), Fingerprint.bytes(mac(all)));
    }

    private String mac(String... words) {
        byte[] whole = key.mac(Fingerprint.bytes("sign-in", Fingerprint.of(words)));
        return HexFormat.of().formatHex(whole, 0, MAC_BYTES);
    }
}
