// The extensions on either side: named payments, coming back by signature, signed offers and receipts.
import { decodePaymentSignatureHeader } from "@x402/core/http";
import { HTTPFacilitatorClient } from "@x402/core/server";
import { ExactEvmScheme as ExactBuyer } from "@x402/evm/exact/client";
import { ExactEvmScheme as ExactSeller } from "@x402/evm/exact/server";
import { paymentMiddleware, x402ResourceServer } from "@x402/express";
import {
  createEIP712OfferReceiptIssuer,
  createJWSOfferReceiptIssuer,
  createOfferReceiptExtension,
  declareOfferReceiptExtension,
  decodeSignedOffers,
  extractOffersFromPaymentRequired,
  extractReceiptFromResponse,
  verifyOfferSignatureJWS,
  verifyReceiptMatchesOffer,
  verifyReceiptSignatureJWS,
} from "@x402/extensions/offer-receipt";
import {
  PAYMENT_IDENTIFIER,
  appendPaymentIdentifierToExtensions,
  declarePaymentIdentifierExtension,
  extractAndValidatePaymentIdentifier,
  paymentIdentifierResourceServerExtension,
} from "@x402/extensions/payment-identifier";
import { InMemorySIWxStorage, createSIWxResourceServerExtension, declareSIWxExtension, wrapFetchWithSIWx } from "@x402/extensions/sign-in-with-x";
import { decodePaymentResponseHeader, wrapFetchWithPayment, x402Client } from "@x402/fetch";
import { generateKeyPairSync, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import express from "express";
import { NETWORK, USDC, accounts } from "./chain.mjs";
import { listen } from "./processes.mjs";

const buyerAccount = accounts.buyer;

/**
 * The reference seller of what has extensions, for 0.01 USDC each: `GET /named` answers with the name of its payment, which it demands;
 * `GET /again` opens again by signature; `GET /by-account` and `GET /by-key` come with receipts. `seller.served` counts the answers.
 */
export async function startSellerWithExtensions(facilitator) {
  const app = express();
  const seller = { served: 0, url: await listen(app) };
  const accepts = [{ scheme: "exact", network: NETWORK, payTo: accounts.payTo.address, price: { amount: "10000", asset: USDC, extra: { name: "USDC", version: "2" } } }];
  const server = () => new x402ResourceServer(new HTTPFacilitatorClient({ url: facilitator })).register(NETWORK, new ExactSeller());
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const jwk = { ...publicKey.export({ format: "jwk" }), alg: "EdDSA" };
  const kid = `did:jwk:${Buffer.from(JSON.stringify(jwk)).toString("base64url")}`;
  const byKey = createJWSOfferReceiptIssuer(kid, { kid, format: "jws", algorithm: "EdDSA", sign: async bytes => sign(null, bytes, privateKey).toString("base64url") });
  const byAccount = createEIP712OfferReceiptIssuer(`did:pkh:${NETWORK}:${accounts.payTo.address}`, typed => accounts.payTo.signTypedData(typed));
  const sell = (route, extension, extensions) => app.use(paymentMiddleware({ [`GET ${route}`]: { accepts, extensions } }, server().registerExtension(extension)));
  sell("/named", paymentIdentifierResourceServerExtension, { [PAYMENT_IDENTIFIER]: declarePaymentIdentifierExtension(true) });
  sell("/again", createSIWxResourceServerExtension({ storage: new InMemorySIWxStorage(), origin: seller.url }), declareSIWxExtension({ network: NETWORK, statement: "Read it again" }));
  sell("/by-account", createOfferReceiptExtension(byAccount), declareOfferReceiptExtension({ includeTxHash: true }));
  sell("/by-key", createOfferReceiptExtension(byKey), declareOfferReceiptExtension());
  app.get(["/named", "/again", "/by-account", "/by-key"], (request, response) => {
    seller.served++;
    const header = request.get("PAYMENT-SIGNATURE");
    const { id, validation } = header ? extractAndValidatePaymentIdentifier(decodePaymentSignatureHeader(header)) : {};
    response.json({ sold: request.path, id: validation?.valid ? id : undefined });
  });
  return seller;
}

/** The reference buyer that calls its payments `id`: how it was answered, and the header that it paid with. */
export async function payNamed(url, id) {
  let payment = null;
  const watched = (input, init) => {
    const request = new Request(input, init);
    payment = request.headers.get("PAYMENT-SIGNATURE") ?? payment;
    return fetch(request);
  };
  const client = new x402Client().register(NETWORK, new ExactBuyer(buyerAccount)).setSpendControls(false);
  client.onBeforePaymentCreation(async ({ paymentRequired }) => {
    appendPaymentIdentifierToExtensions(paymentRequired.extensions, id);
  });
  const response = await wrapFetchWithPayment(watched, client)(url, { signal: AbortSignal.timeout(100_000) });
  const header = response.headers.get("PAYMENT-RESPONSE");
  return { status: response.status, text: await response.text(), settlement: header && decodePaymentResponseHeader(header), payment };
}

/** The reference buyer that only signs in: how it was answered. */
export async function signIn(url) {
  const response = await wrapFetchWithSIWx(fetch, buyerAccount)(url, { signal: AbortSignal.timeout(100_000) });
  return { status: response.status, text: await response.text() };
}

/** The reference buyer that checks the seller's signatures under its offer and its receipt; throws where one does not hold. */
export async function payAndVerify(url) {
  let offers = [];
  const client = new x402Client().register(NETWORK, new ExactBuyer(buyerAccount)).setSpendControls(false);
  client.onBeforePaymentCreation(async ({ paymentRequired }) => {
    offers = extractOffersFromPaymentRequired(paymentRequired);
  });
  const response = await wrapFetchWithPayment(fetch, client)(url, { signal: AbortSignal.timeout(100_000) });
  const header = response.headers.get("PAYMENT-RESPONSE");
  const answer = { status: response.status, text: await response.text(), settlement: header && decodePaymentResponseHeader(header) };
  const receipt = extractReceiptFromResponse(response);
  if (offers.length !== 1 || !receipt) throw new Error(`there are ${offers.length} signed offers and ${receipt ? "a" : "no"} receipt`);
  const offer = await verifyOfferSignatureJWS(offers[0]);
  const { transaction } = await verifyReceiptSignatureJWS(receipt);
  if (transaction !== answer.settlement.transaction) throw new Error(`the receipt is for ${transaction}, paid was ${answer.settlement.transaction}`);
  if (!verifyReceiptMatchesOffer(receipt, decodeSignedOffers(offers)[0], [buyerAccount.address])) throw new Error(`the receipt is not of the offer ${JSON.stringify(offer)}`);
  return answer;
}

/** A file with a new pair of Ed25519 keys, as a person makes it for `waybill seller --receipt-key`. */
export function writeReceiptKey(file) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  writeFileSync(file, privateKey.export({ format: "pem", type: "pkcs8" }) + publicKey.export({ format: "pem", type: "spki" }), { mode: 0o600 });
  return file;
}
