package waybill.x402;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * 1,000 random payloads of each kind of thing that is signed: digests, signatures and raw transactions equal those of viem
 * and the reference packages byte for byte. {@code interop/vectors.mjs} makes the file, and says how a payload's fields come
 * from its name.
 */
class ViemVectorsTest {
    private static final Permit2Contracts PERMIT2 = Permit2Contracts.CANONICAL;

    private static final List<SigningKey> KEYS = IntStream.range(0, 8)
            .mapToObj(i ->
                    SigningKey.of(new Source(String.valueOf(i)).bytes32("key").bytes()))
            .toList();

    private static final Map<String, BiFunction<SigningKey, Source, String>> KINDS = Map.of(
            "eip3009",
            (key, s) -> {
                TransferAuthorization transfer = new TransferAuthorization(
                        key.address(),
                        s.address("to"),
                        s.uint256("value"),
                        s.uint256("validAfter"),
                        s.uint256("validBefore"),
                        s.bytes32("nonce"));
                return made(transfer.digest(s.token()), key.sign(transfer, s.token()));
            },
            "cancel",
            (key, s) -> {
                CancelAuthorization cancel = new CancelAuthorization(key.address(), s.bytes32("nonce"));
                return made(cancel.digest(s.token()), key.sign(cancel, s.token()));
            },
            "permit2-exact",
            (key, s) -> {
                Permit2Exact exact = new Permit2Exact(
                        key.address(),
                        s.address("token"),
                        s.uint256("amount"),
                        PERMIT2.exactProxy(),
                        s.uint256("nonce"),
                        s.uint256("deadline"),
                        s.address("to"),
                        s.uint256("validAfter"));
                return made(exact.digest(s.network(), PERMIT2), key.sign(exact, s.network(), PERMIT2));
            },
            "permit2-upto",
            (key, s) -> {
                Permit2Upto upto = new Permit2Upto(
                        key.address(),
                        s.address("token"),
                        s.uint256("amount"),
                        PERMIT2.uptoProxy(),
                        s.uint256("nonce"),
                        s.uint256("deadline"),
                        s.address("to"),
                        s.address("facilitator"),
                        s.uint256("validAfter"));
                return made(upto.digest(s.network(), PERMIT2), key.sign(upto, s.network(), PERMIT2));
            },
            "permit",
            (key, s) -> {
                Permit permit = new Permit(
                        key.address(),
                        s.address("spender"),
                        s.uint256("value"),
                        s.uint256("nonce"),
                        s.uint256("deadline"));
                return made(permit.digest(s.token()), key.sign(permit, s.token()));
            },
            "approval",
            (key, s) -> {
                ApprovalTransaction approval = new ApprovalTransaction(
                        s.network(),
                        s.address("token"),
                        s.address("spender"),
                        s.uint256("amount"),
                        s.uint40("nonce"),
                        s.uint40("gas"),
                        s.uint40("fee").add(s.uint40("priority")),
                        s.uint40("priority"));
                String raw = approval.raw(key.sign(approval));
                assertThat(SignedTransaction.parse(raw).approval()).contains(approval);
                assertThat(SignedTransaction.parse(raw).sender()).isEqualTo(key.address());
                return approval.digest().toString().substring(2) + raw.substring(2);
            },
            "sign-in",
            (key, s) -> {
                SignIn message = s.signIn(key.address());
                String header = new SignInProof(message, key.sign(message).toHex()).encode();
                assertThat(SignInProof.parse(header).message()).isEqualTo(message);
                assertThat(SignInProof.parse(header).signedByAccount()).isTrue();
                return made(message.digest(), key.sign(message));
            },
            "offer",
            (key, s) -> {
                OfferClaim offer = new OfferClaim(
                        s.text("resourceUrl"),
                        s.text("scheme"),
                        s.text("network"),
                        s.text("asset"),
                        s.text("payTo"),
                        s.text("amount"),
                        s.uint256("validUntil"));
                return made(offer.digest(), key.sign(offer));
            },
            "receipt",
            (key, s) -> {
                ReceiptClaim receipt = new ReceiptClaim(
                        s.text("network"),
                        s.text("resourceUrl"),
                        s.text("payer"),
                        s.uint256("issuedAt"),
                        s.text("transaction"));
                return made(receipt.digest(), key.sign(receipt));
            });

    static Stream<String> kinds() {
        return KINDS.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void a_thousand_random_payloads_equal_those_of_viem(String kind) throws Exception {
        List<String> lines = lines(kind);
        assertThat(lines).hasSize(100);
        for (String line : lines) {
            String[] parts = line.split(" ");
            int first = Integer.parseInt(parts[1]);
            StringBuilder made = new StringBuilder();
            for (int i = first; i < first + 10; i++) {
                Source source = new Source(kind + "/" + i);
                made.append(KINDS.get(kind).apply(KEYS.get(i % KEYS.size()), source));
            }
            assertThat(sha256(made.toString()))
                    .as("payloads %d to %d of %s", first, first + 9, kind)
                    .isEqualTo(parts[2]);
        }
    }

    private static List<String> lines(String kind) throws Exception {
        try (var in = ViemVectorsTest.class.getResourceAsStream("vectors.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith(kind + " "))
                    .collect(Collectors.toList());
        }
    }

    private static String made(Bytes32 digest, Signature signature) {
        return digest.toString().substring(2) + signature.toHex().substring(2);
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** The fields of one payload, each from the hash of its name. */
    private record Source(String name) {
        private String hash(String field) {
            return sha256(name + "/" + field);
        }

        Bytes32 bytes32(String field) {
            return Bytes32.parse("0x" + hash(field));
        }

        Address address(String field) {
            return Address.parse("0x" + hash(field).substring(24));
        }

        BigInteger uint256(String field) {
            return new BigInteger(hash(field), 16)
                    .shiftRight(Integer.parseInt(hash(field + "/shift").substring(0, 2), 16));
        }

        BigInteger uint40(String field) {
            return new BigInteger(hash(field).substring(0, 10), 16);
        }

        String text(String field) {
            int length = Integer.parseInt(hash(field + "/length").substring(0, 1), 16);
            return field + " \u20ae " + hash(field).substring(0, 2 + length);
        }

        String word(String field) {
            return hash(field).substring(0, 24);
        }

        Network network() {
            return new Network(uint40("chain").longValueExact() + 1);
        }

        Asset token() {
            return new Asset(
                    network(), address("token"), "T", 6, text("name"), word("version"), TransferMethod.EIP3009);
        }

        SignIn signIn(Address account) {
            return new SignIn(
                    word("domain") + ".example",
                    account,
                    optional("statement", "Read " + word("statement") + ", please."),
                    url("uri"),
                    network(),
                    word("nonce"),
                    time("issuedAt"),
                    optional("expirationTime", time("expirationTime")),
                    optional("notBefore", time("notBefore")),
                    optional("requestId", word("requestId")),
                    there("resources") ? List.of(url("one"), url("two")) : null);
        }

        private boolean there(String field) {
            return Integer.parseInt(word(field + "/there").substring(0, 1), 16) < 8;
        }

        private @Nullable String optional(String field, String value) {
            return there(field) ? value : null;
        }

        private String time(String field) {
            return DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'")
                    .withZone(ZoneOffset.UTC)
                    .format(Instant.ofEpochMilli(uint40(field).longValueExact()));
        }

        private String url(String field) {
            return "https://" + word("domain") + ".example/" + word(field);
        }
    }
}
