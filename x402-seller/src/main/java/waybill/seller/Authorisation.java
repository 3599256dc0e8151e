package waybill.seller;

import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.Permit2Exact;
import waybill.x402.Permit2Upto;
import waybill.x402.SchemePayload.Eip3009;
import waybill.x402.SchemePayload.Permit2;
import waybill.x402.SchemePayload.Signed;
import waybill.x402.SchemePayload.Upto;
import waybill.x402.Signature;
import waybill.x402.TransferAuthorization;

/**
 * What a gate needs to know of a signed authorisation, whichever scheme it is of.
 *
 * @param key what can be used only once: by whom, where, and the nonce
 * @param payer who signed
 * @param payee who receives
 * @param token the contract, or null where the signature is under the token's own domain
 * @param amount atomic units; the ceiling under {@code upto}
 * @param facilitator the only account that can settle it, or null when anybody can
 * @param ends when it runs out, seconds since 1970
 * @param terms everything that was signed, in one spelling and a fixed order
 */
record Authorisation(
        String key,
        Address payer,
        Address payee,
        @Nullable Address token,
        BigInteger amount,
        @Nullable Address facilitator,
        BigInteger ends,
        List<String> terms) {
    private static final BigInteger LAST_SECOND = BigInteger.valueOf(253_402_300_799L); // of the year 9999

    /** The authorisation in {@code payload}; null when {@code accepted} names no EVM network and token. */
    static @Nullable Authorisation of(Offer accepted, Signed payload) {
        Network network;
        Address asset;
        try {
            network = Network.parse(accepted.network());
            asset = Address.parse(accepted.asset());
        } catch (IllegalArgumentException e) {
            return null;
        }
        if (payload instanceof Eip3009 signed) {
            return eip3009(network, asset, signed.authorization());
        }
        if (payload instanceof Permit2 signed) {
            return permit2(network, signed.authorization());
        }
        return upto(network, ((Upto) payload).authorization());
    }

    /** Under EIP-3009 chain, asset, payer and nonce. */
    private static Authorisation eip3009(Network network, Address asset, TransferAuthorization signed) {
        return new Authorisation(
                key(
                        "eip3009",
                        network,
                        asset.toString(),
                        signed.from(),
                        signed.nonce().toString()),
                signed.from(),
                signed.to(),
                null,
                signed.value(),
                null,
                signed.validBefore(),
                List.of(
                        signed.from().toString(),
                        signed.to().toString(),
                        signed.value().toString(),
                        signed.validAfter().toString(),
                        signed.validBefore().toString(),
                        signed.nonce().toString()));
    }

    /** Under Permit2 chain, owner and nonce: the nonces of an owner are one set for all tokens and both proxies. */
    private static Authorisation permit2(Network network, Permit2Exact signed) {
        return new Authorisation(
                key("permit2", network, "", signed.from(), signed.nonce().toString()),
                signed.from(),
                signed.to(),
                signed.token(),
                signed.amount(),
                null,
                signed.deadline(),
                List.of(
                        signed.from().toString(),
                        signed.token().toString(),
                        signed.amount().toString(),
                        signed.spender().toString(),
                        signed.nonce().toString(),
                        signed.deadline().toString(),
                        signed.to().toString(),
                        signed.validAfter().toString()));
    }

    private static Authorisation upto(Network network, Permit2Upto signed) {
        return new Authorisation(
                key("permit2", network, "", signed.from(), signed.nonce().toString()),
                signed.from(),
                signed.to(),
                signed.token(),
                signed.amount(),
                signed.facilitator(),
                signed.deadline(),
                List.of(
                        signed.from().toString(),
                        signed.token().toString(),
                        signed.amount().toString(),
                        signed.spender().toString(),
                        signed.nonce().toString(),
                        signed.deadline().toString(),
                        signed.to().toString(),
                        signed.facilitator().toString(),
                        signed.validAfter().toString()));
    }

    private static String key(String kind, Network network, String asset, Address payer, String nonce) {
        return String.join("|", kind, network.toString(), asset, payer.toString(), nonce);
    }

    /** Who signed the authorisation that has this key. */
    static Address payer(String key) {
        return Address.parse(key.split("\\|", -1)[3]);
    }

    /** Why this authorisation is not for {@code required}, or null when it is. */
    @Nullable
    String contradicts(Offer required) {
        if (!payee.toString().equals(required.payTo())) return "it pays somebody else";
        if (!amount.toString().equals(required.amount())) return "it pays another amount";
        if (token != null && !token.toString().equals(required.asset())) return "it pays in another token";
        if (facilitator == null
                ? required.scheme().equals(Offer.UPTO)
                : !required.scheme().equals(Offer.UPTO)) {
            return "it is of another scheme";
        }
        if (facilitator != null && !facilitator.toString().equals(required.facilitator())) {
            return "it names another facilitator";
        }
        return null;
    }

    /** When it runs out. */
    Instant end() {
        return Instant.ofEpochSecond(ends.min(LAST_SECOND).longValueExact());
    }

    /**
     * The payment in one spelling. The quote is in it: what stands on the chain afterwards, which anybody can read, does
     * not suffice to fetch the answer.
     */
    String hash(Offer accepted, String signature) {
        List<String> parts = new ArrayList<>(List.of(
                "payment",
                accepted.scheme(),
                accepted.network(),
                accepted.amount(),
                accepted.asset(),
                accepted.payTo(),
                String.valueOf(accepted.extraText(Quotes.EXTRA))));
        parts.addAll(terms);
        parts.add(canonical(signature));
        return Fingerprint.of(parts.toArray(String[]::new));
    }

    private static String canonical(String signature) {
        try {
            return Signature.parse(signature).toHex();
        } catch (IllegalArgumentException e) {
            return signature.toLowerCase(Locale.ROOT); // of a contract wallet, or bad; the facilitator will say
        }
    }
}
