///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 17+
//DEPS waybill:waybill-configuration:0.1.0-SNAPSHOT
//DEPS waybill:waybill-langchain4j-router:0.1.0-SNAPSHOT
//DEPS dev.langchain4j:langchain4j-open-ai:1.19.0

import dev.langchain4j.model.chat.ChatModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import waybill.configuration.DeclaredCandidate;
import waybill.configuration.InvalidConfigurationException;
import waybill.configuration.OpenWallet;
import waybill.configuration.Roster;
import waybill.configuration.Settings;
import waybill.langchain4j.RoutingChatModel;
import waybill.langchain4j.providers.ProviderModels;
import waybill.routing.Candidate;
import waybill.wallet.WalletListener;

/** Asks one question of two models that are sold by the call, with the properties of the starters and no framework. */
public class Ask {

    public static void main(String[] question) {
        Map<String, String> properties = new LinkedHashMap<>();
        for (int i = 0; i < 2; i++) {
            properties.put("waybill.candidates[" + i + "].base-url", System.getenv().getOrDefault("SHOP", ""));
            properties.put("waybill.candidates[" + i + "].model", List.of("small", "large").get(i));
            properties.put("waybill.candidates[" + i + "].pay", "x402");
        }
        properties.put("waybill.objective.preset", "cheapest");
        properties.put("waybill.wallet.development-key", System.getenv().getOrDefault("WAYBILL_KEY", ""));
        properties.put("waybill.wallet.network", "eip155:84532");
        properties.put("waybill.wallet.rpc", System.getenv().getOrDefault("RPC", "http://127.0.0.1:8545"));
        properties.put("waybill.wallet.per-day", "0.25");
        properties.put("waybill.wallet.ledger", System.getenv().getOrDefault("LEDGER", "waybill-ledger/ledger.db"));

        Settings settings = Settings.from(properties);
        try (OpenWallet wallet = OpenWallet.from(settings, null, null, WalletListener.NONE)) {
            Roster roster = Roster.from(settings, System::getenv, wallet.wallet());
            List<Candidate<ChatModel>> candidates = new ArrayList<>();
            for (DeclaredCandidate declared : roster.candidates()) {
                candidates.add(declared.with(
                        ProviderModels.over(declared.clients()).chat(declared.endpoint())));
            }
            RoutingChatModel model =
                    RoutingChatModel.builder(candidates).tune(roster::tune).build();
            System.out.println(model.chat(String.join(" ", question)));
        } catch (InvalidConfigurationException e) {
            System.err.println(e.getMessage());
        }
    }
}
