/** An OpenAI-compatible HTTP server that sells chat models, each by its own price in x402, or gives them away. */
@NullMarked
package waybill.gateway;

import org.jspecify.annotations.NullMarked;
