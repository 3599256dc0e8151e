package waybill.x402;

import java.math.BigInteger;

/** What a payer signs to be charged once, whatever the scheme: whom, how much at most, from when, until when. */
public sealed interface Authorization permits TransferAuthorization, Permit2Exact, Permit2Upto {
    /** Who pays. */
    Address from();

    /** Who receives. */
    Address to();

    /** Atomic units that can be taken at most; exactly this, except under {@code upto}. */
    BigInteger most();

    /** Seconds since 1970 from which on, or after which, it can be used. */
    BigInteger validAfter();

    /** The first second since 1970 in which it can no longer be used. */
    BigInteger unusableFrom();

    /** What makes it good only once, as 32 bytes. */
    Bytes32 nonceWord();
}
