/**
 * The x402 protocol, versions 1 and 2, as values: wire records with their header encoding, assets and amounts that refuse to
 * mix, and the typed-data hashes and signatures of the payment schemes. Nothing here does I/O, and everything is
 * immutable unless its own comment says otherwise.
 */
@NullMarked
package waybill.x402;

import org.jspecify.annotations.NullMarked;
