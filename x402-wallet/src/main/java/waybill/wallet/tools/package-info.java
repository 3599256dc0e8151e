/**
 * A wallet as tools for an agent, apart from any framework: what a model may ask, and what it is told. {@link
 * waybill.wallet.tools.WalletTools} holds them; the packages beneath bind them to LangChain4j, Spring AI and MCP. No tool
 * moves money but along a quote, sets a limit, approves, exports a key or signs.
 */
@NullMarked
package waybill.wallet.tools;

import org.jspecify.annotations.NullMarked;
