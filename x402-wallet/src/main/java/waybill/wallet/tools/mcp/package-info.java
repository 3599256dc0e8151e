/** The wallet's tools as an MCP server; needs {@code io.modelcontextprotocol.sdk:mcp-core} and a JSON module of it. */
@NullMarked
package waybill.wallet.tools.mcp;

import org.jspecify.annotations.NullMarked;
