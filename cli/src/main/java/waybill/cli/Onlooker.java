package waybill.cli;

import waybill.wallet.PaymentSigner;
import waybill.wallet.Signable;
import waybill.wallet.SigningException;
import waybill.x402.Address;
import waybill.x402.Signature;

/**
 * Stands in for a signer where nothing is signed, so that nobody is asked for a passphrase.
 *
 * @param address the account that is looked at
 */
record Onlooker(Address address) implements PaymentSigner {

    @Override
    public Signature sign(Signable signable) {
        throw new SigningException("this command signs nothing", null);
    }
}
