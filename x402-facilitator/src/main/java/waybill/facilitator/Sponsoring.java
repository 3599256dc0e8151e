package waybill.facilitator;

import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.seller.FacilitatorException;
import waybill.x402.Address;
import waybill.x402.ApprovalSponsoring;
import waybill.x402.ApprovalTransaction;
import waybill.x402.Eip2612Sponsoring;
import waybill.x402.MalformedWireException;
import waybill.x402.Permit;
import waybill.x402.SignedTransaction;

/**
 * The approval of Permit2 that a payer may bring along, so that it needs no gas: a permit by signature that goes with the
 * payment (EIP-2612), or a signed transaction that goes before it.
 */
final class Sponsoring {
    /** How many times the gas of now an approval may offer; it was signed a while ago. */
    private static final BigInteger LEEWAY = BigInteger.TWO;

    private final Ground ground;
    private final Address token;
    private final Address payer;
    private final BigInteger permitted;
    private final @Nullable Eip2612Sponsoring permit;
    private final @Nullable ApprovalSponsoring approval;

    private Sponsoring(
            Ground ground,
            Address token,
            Address payer,
            BigInteger permitted,
            @Nullable Eip2612Sponsoring permit,
            @Nullable ApprovalSponsoring approval) {
        this.ground = ground;
        this.token = token;
        this.payer = payer;
        this.permitted = permitted;
        this.permit = permit;
        this.approval = approval;
    }

    /** Reads what the payment brings along; of the two, the permit is taken first, as it costs less. */
    static Sponsoring read(
            Ground ground, Address token, Address payer, BigInteger permitted, Map<String, @Nullable Object> extensions)
            throws Refused {
        Eip2612Sponsoring permit;
        try {
            permit = Eip2612Sponsoring.in(extensions);
        } catch (MalformedWireException e) {
            throw new Refused("invalid_eip2612_extension_format", String.valueOf(e.getMessage()));
        }
        ApprovalSponsoring approval = null;
        try {
            approval = permit == null ? ApprovalSponsoring.in(extensions) : null;
        } catch (MalformedWireException e) {
            throw new Refused("invalid_erc20_approval_extension_format", String.valueOf(e.getMessage()));
        }
        return new Sponsoring(ground, token, payer, permitted, permit, approval);
    }

    /** What is understood, by key: approvals by transaction only where there is coin for their gas. */
    static List<String> extensions(Ground ground) {
        return ground.coin().any()
                ? List.of(Eip2612Sponsoring.KEY, ApprovalSponsoring.KEY)
                : List.of(Eip2612Sponsoring.KEY);
    }

    /** Whether an approval has to be on the chain before the payment. */
    boolean comesFirst() {
        return approval != null;
    }

    /** Whether what it brings is what it says, for this payer, this token and Permit2. */
    void check() throws Refused {
        if (permit != null) {
            checkPermit(permit);
        }
        if (approval != null) {
            SignedTransaction signed = transaction(approval);
            if (!approvedMeanwhile(permitted)) {
                requireFair(signed);
            }
        }
    }

    private boolean approvedMeanwhile(BigInteger amount) {
        return Permit2Terms.allowance(ground, token, payer).compareTo(amount) >= 0;
    }

    /**
     * What an approval does not burn of the gas that it is given stays with the payer, who may be its own payee: so it may
     * not offer much more than it takes now, and has to be the payer's next transaction.
     */
    private void requireFair(SignedTransaction signed) throws Refused {
        if (!ground.coin().any()) {
            throw new Refused(
                    "erc20_approval_tx_failed", "approvals are not sent here; the payer approves Permit2 itself");
        }
        BigInteger offered = signed.gasLimit().multiply(signed.maxFeePerGas());
        if (signed.gasLimit().compareTo(ApprovalTransaction.SPONSORED_GAS) > 0
                || offered.compareTo(ground.gas().cost(signed.gasLimit()).multiply(LEEWAY)) > 0) {
            throw new Refused(
                    "erc20_approval_tx_failed",
                    "the approval offers more for its gas than it takes now; gas limit "
                            + ApprovalTransaction.SPONSORED_GAS + " at most");
        }
        if (!signed.nonce().equals(ground.chain().minedNonce(payer))) {
            throw new Refused("erc20_approval_tx_failed", "the approval is not the payer's next transaction");
        }
    }

    private void checkPermit(Eip2612Sponsoring brought) throws Refused {
        Permit signed = brought.permit();
        if (!signed.owner().equals(payer)) {
            throw new Refused("eip2612_from_mismatch", "the permit is somebody else's");
        }
        if (!brought.asset().equals(token)) {
            throw new Refused("eip2612_asset_mismatch", "the permit is for another token");
        }
        if (!signed.spender().equals(ground.contracts().permit2())) {
            throw new Refused("eip2612_spender_not_permit2", "the permit is not for Permit2");
        }
        ground.checks().notOver(signed.deadline(), "eip2612_deadline_expired");
        if (!signed.value().equals(permitted)) {
            throw new Refused(
                    "permit2_2612_amount_mismatch", "the permit is for another amount than the payment permits");
        }
        if (Abi.bytes(brought.signature()).length != 65) {
            throw new Refused("invalid_eip2612_extension_format", "the permit's signature is not of 65 bytes");
        }
    }

    /** The permit as the proxy's first argument; empty when there is none. */
    byte[] permitWords() {
        Eip2612Sponsoring brought = permit;
        if (brought == null) {
            return new byte[0];
        }
        byte[] signature = Abi.bytes(brought.signature());
        int v = signature[64] & 0xff;
        return Abi.concat(
                Abi.word(brought.permit().value()),
                Abi.word(brought.permit().deadline()),
                Arrays.copyOf(signature, 32),
                Arrays.copyOfRange(signature, 32, 64),
                Abi.word(v < 2 ? v + 27 : v));
    }

    /** The approval, which must be nothing but that: signed by the payer, of this token, for Permit2. */
    private SignedTransaction transaction(ApprovalSponsoring brought) throws Refused {
        if (!brought.from().equals(payer)) {
            throw new Refused("erc20_approval_from_mismatch", "the approval is somebody else's");
        }
        if (!brought.asset().equals(token)) {
            throw new Refused("erc20_approval_asset_mismatch", "the approval is for another token");
        }
        if (!brought.spender().equals(ground.contracts().permit2())) {
            throw new Refused("erc20_approval_spender_not_permit2", "the approval is not for Permit2");
        }
        SignedTransaction signed;
        try {
            signed = SignedTransaction.parse(brought.signedTransaction());
        } catch (IllegalArgumentException e) {
            throw new Refused("erc20_approval_tx_parse_failed", String.valueOf(e.getMessage()));
        }
        if (!token.equals(signed.to())) {
            throw new Refused("erc20_approval_tx_wrong_target", "the transaction does not call the token");
        }
        if (!payer.equals(signed.sender())) {
            throw new Refused("erc20_approval_tx_signer_mismatch", "the transaction is not signed by the payer");
        }
        ApprovalTransaction approves = signed.approval()
                .orElseThrow(() -> new Refused(
                        "erc20_approval_tx_wrong_selector", "the transaction does more or else than to approve"));
        if (!approves.spender().equals(ground.contracts().permit2())) {
            throw new Refused("erc20_approval_tx_wrong_spender", "the transaction approves somebody else than Permit2");
        }
        if (!signed.network().equals(ground.chain().network())
                || approves.amount().compareTo(permitted) < 0) {
            throw new Refused("erc20_approval_tx_failed", "the approval is for another chain, or for too little");
        }
        return signed;
    }

    /**
     * Puts the approval on the chain, unless the payer has approved enough meanwhile. What the payer lacks for its gas is
     * sent to it.
     */
    void prepare(BigInteger amount) throws Refused {
        ApprovalSponsoring brought = approval;
        if (brought == null || approvedMeanwhile(amount)) {
            return;
        }
        SignedTransaction signed = transaction(brought);
        requireFair(signed);
        BigInteger lacking = signed.gasLimit()
                .multiply(signed.maxFeePerGas())
                .subtract(ground.chain().balance(payer));
        if (lacking.signum() > 0 && !ground.coin().take(lacking)) {
            throw new Refused(
                    "erc20_approval_tx_failed", "what is sent to payers in a day for their approvals is used up");
        }
        if (lacking.signum() > 0) {
            ground.receipts().await(ground.gas().fund(payer, lacking).hash());
        }
        try {
            String refusal = ground.chain().broadcast(Abi.bytes(signed.raw()));
            if (refusal != null && !GasAccount.isKnown(refusal)) {
                throw new Refused("erc20_approval_broadcast_failed", "the node did not take the approval");
            }
        } catch (IOException e) {
            throw new FacilitatorException("the node did not answer when it was sent an approval", e);
        }
        if (!ground.receipts().await(signed.hash().toString()).isStatusOK()) {
            throw new Refused("erc20_approval_tx_failed", "the token refused the approval in its block");
        }
    }
}
