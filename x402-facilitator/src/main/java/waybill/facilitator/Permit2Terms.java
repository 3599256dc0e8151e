package waybill.facilitator;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import waybill.facilitator.Chain.CallResult;
import waybill.facilitator.Checks.Wanted;
import waybill.x402.Address;
import waybill.x402.Bytes32;

/**
 * What the schemes that move a token through Permit2 have in common: Permit2 takes the payer's signature once, by way of
 * the scheme's proxy contract. The payer has approved Permit2 before, or brings an approval along ({@link Sponsoring}).
 */
abstract class Permit2Terms implements Terms {
    static final String SPENDER = "invalid_permit2_spender";
    static final String RECIPIENT = "invalid_permit2_recipient_mismatch";
    private static final String AMOUNT = "permit2_amount_mismatch";
    private static final String TOKEN = "permit2_token_mismatch";
    private static final String ALLOWANCE_REQUIRED = "permit2_allowance_required";

    static final String NONCE_USED = "permit2_invalid_nonce";

    private static final String SIMULATION_FAILED = "permit2_simulation_failed";
    private static final BigInteger TYPICAL_GAS = BigInteger.valueOf(150_000);
    private static final byte[] NONCE_BITMAP = Abi.selector("nonceBitmap(address,uint256)");

    final Ground ground;
    final String signature;
    final Wanted wanted;
    private final Address payer;
    private final Address payTo;
    private final Address token;
    private final BigInteger permitted;
    private final Bytes32 digest;
    private final BigInteger nonce;
    private final BigInteger deadline;
    private final BigInteger validAfter;
    private final Address proxy;
    private final Sponsoring sponsoring;

    Permit2Terms(
            Ground ground,
            Wanted wanted,
            Address payer,
            Address payTo,
            Address token,
            BigInteger permitted,
            Bytes32 digest,
            String signature,
            BigInteger nonce,
            BigInteger deadline,
            BigInteger validAfter,
            Address proxy,
            Map<String, @Nullable Object> extensions)
            throws Refused {
        this.ground = ground;
        this.wanted = wanted;
        this.payer = payer;
        this.payTo = payTo;
        this.token = token;
        this.permitted = permitted;
        this.digest = digest;
        this.signature = signature;
        this.nonce = nonce;
        this.deadline = deadline;
        this.validAfter = validAfter;
        this.proxy = proxy;
        this.sponsoring = Sponsoring.read(ground, wanted.token(), payer, permitted, extensions);
    }

    /** The arguments of the proxy's {@code settle}: all words before the signature's offset. */
    abstract byte[] head();

    /** The signature of the proxy's {@code settle}, its parameters behind the name. */
    abstract String parameters();

    /** The account that must call, or null when anyone may. */
    @Nullable
    Address caller() {
        return null;
    }

    @Override
    public final Address payer() {
        return payer;
    }

    @Override
    public final String id() {
        return Bytes32.keccak((digest + signature.toLowerCase(Locale.ROOT)).getBytes(StandardCharsets.US_ASCII))
                .toString();
    }

    @Override
    public final BigInteger ends() {
        return deadline;
    }

    /** How much the payer must have permitted for {@code wanted}: the price, or the ceiling. */
    abstract void price() throws Refused;

    final void permitsExactly(BigInteger amount) throws Refused {
        if (!permitted.equals(amount)) {
            throw new Refused(AMOUNT, "the authorisation is for " + permitted + ", the offer is for " + amount);
        }
    }

    @Override
    public final void agree() throws Refused {
        price();
        if (!token.equals(wanted.token())) {
            throw new Refused(TOKEN, "the authorisation is for another token");
        }
    }

    @Override
    public final void check() throws Refused {
        Checks checks = ground.checks();
        checks.notOver(deadline, "permit2_deadline_expired");
        checks.begun(validAfter, "permit2_not_yet_valid");
        agree();
        checks.deployed(token);
        if (Signatures.isWrapped(signature)) {
            throw new Refused("invalid_permit2_signature", "Permit2 serves no wallet that is not deployed");
        }
        checks.signed(payer, digest, signature, "invalid_permit2_signature");
        checks.worthIts(TYPICAL_GAS, checks.listed(token), ceiling());
        sponsoring.check();
        if (amount().signum() == 0) {
            return; // nothing is going to move
        }
        if (sponsoring.comesFirst()) {
            requireProxyAndBalance(); // the rest cannot be simulated before the approval is on the chain
        } else if (simulated().reverted()) {
            throw diagnosed();
        }
    }

    private CallResult simulated() {
        Address from = caller();
        return ground.chain()
                .call(
                        from == null ? ground.gas().first() : from,
                        proxy,
                        call().data(),
                        ground.settings().gasLimit());
    }

    private void requireProxyAndBalance() throws Refused {
        if (!ground.checks().hasCode(proxy)) {
            throw new Refused("permit2_proxy_not_deployed", "there is no contract at " + proxy);
        }
        CallResult balance = ground.checks().call(token, Token.balanceOf(payer));
        if (balance.isWord() && balance.word().compareTo(amount()) < 0) {
            throw new Refused(
                    "permit2_insufficient_balance",
                    "the payer has less than " + amount() + " atomic units of the token");
        }
    }

    /** Looks for the reason why a transfer that should work would not. */
    private Refused diagnosed() throws Refused {
        Address permit2 = ground.contracts().permit2();
        CallResult bitmap =
                ground.checks().call(permit2, Abi.concat(NONCE_BITMAP, Abi.word(payer), Abi.word(nonce.shiftRight(8))));
        if (bitmap.isWord() && bitmap.word().testBit(nonce.intValue() & 0xff)) {
            return Refused.spent(SIMULATION_FAILED, NONCE_USED);
        }
        requireProxyAndBalance();
        if (allowance(ground, token, payer).compareTo(amount()) < 0) {
            return new Refused(
                    ALLOWANCE_REQUIRED,
                    "the payer has approved Permit2 for less than " + amount() + " atomic units of the token");
        }
        return new Refused(SIMULATION_FAILED, "the transfer through Permit2 would fail");
    }

    /** What an owner has approved Permit2 for; zero when the token does not say. */
    static BigInteger allowance(Ground ground, Address token, Address owner) {
        CallResult said = ground.checks()
                .call(token, Token.allowance(owner, ground.contracts().permit2()));
        return said.isWord() ? said.word() : BigInteger.ZERO;
    }

    @Override
    public final void prepare() throws Refused {
        sponsoring.prepare(amount());
    }

    @Override
    public final Call call() {
        byte[] permit = sponsoring.permitWords();
        byte[] head = Abi.concat(permit, head());
        String name = permit.length == 0
                ? "settle(" + parameters()
                : "settleWithPermit((uint256,uint256,bytes32,bytes32,uint8)," + parameters();
        byte[] data = Abi.concat(Abi.selector(name), head, Abi.word(head.length + 32L), Abi.tail(Abi.bytes(signature)));
        return new Call(proxy, data, ground.settings().gasLimit(), caller());
    }

    @Override
    public final boolean movedBy(TransactionReceipt receipt) {
        return Token.moved(receipt, token, payer, payTo, amount());
    }

    /** Permit2 logs no nonces: it is this payment when the very signature is in a call that moved the money. */
    @Override
    public final Optional<String> settledElsewhere(BigInteger fromBlock) {
        List<String> topics = List.of(Token.TRANSFER_TOPIC, Abi.topic(payer), Abi.topic(payTo));
        String signed = signature.substring(2).toLowerCase(Locale.ROOT);
        return ground.chain().loggedBy(token, topics, fromBlock).stream()
                .filter(hash ->
                        ground.chain().input(hash).toLowerCase(Locale.ROOT).contains(signed))
                .filter(hash -> {
                    TransactionReceipt receipt = ground.chain().receipt(hash);
                    return receipt != null && receipt.isStatusOK() && movedBy(receipt);
                })
                .findFirst();
    }
}
