package waybill.wallet;

import waybill.x402.Signature;
import waybill.x402.SigningKey;

/** Signs each kind of signable with a key in memory. */
final class KeySigning {
    private KeySigning() {}

    static Signature sign(SigningKey key, Signable signable) {
        try {
            if (signable instanceof Signable.Transfer transfer) {
                return key.sign(transfer.authorization(), transfer.asset());
            }
            if (signable instanceof Signable.Cancel cancel) {
                return key.sign(cancel.cancel(), cancel.asset());
            }
            if (signable instanceof Signable.ExactPermit2 exact) {
                return key.sign(exact.authorization(), exact.network(), exact.contracts());
            }
            if (signable instanceof Signable.Ceiling ceiling) {
                return key.sign(ceiling.authorization(), ceiling.network(), ceiling.contracts());
            }
            if (signable instanceof Signable.PermitPermit2 permit) {
                return key.sign(permit.permit(), permit.asset());
            }
            if (signable instanceof Signable.Approve approve) {
                return key.sign(approve.transaction());
            }
            if (signable instanceof Signable.Identity identity) {
                return key.sign(identity.message());
            }
            throw new SigningException("no way to sign " + signable.getClass().getSimpleName(), null);
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new SigningException("the key did not sign: " + e.getMessage(), e);
        }
    }
}
