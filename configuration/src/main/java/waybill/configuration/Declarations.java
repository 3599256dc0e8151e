package waybill.configuration;

import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import waybill.routing.Catalogue;
import waybill.routing.CatalogueEntry;
import waybill.routing.Custody;
import waybill.routing.Dialect;
import waybill.routing.Endpoint;
import waybill.routing.Modality;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.routing.Provider;
import waybill.wallet.PayingHttpClient;
import waybill.wallet.Wallet;

/** Reads the candidates out of their properties; what is wrong is collected under the properties' names. */
final class Declarations {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}");

    private final Function<String, @Nullable String> environment;
    private final Catalogue catalogue;
    private final @Nullable Wallet wallet;
    private final List<String> problems;

    Declarations(
            Function<String, @Nullable String> environment,
            Catalogue catalogue,
            @Nullable Wallet wallet,
            List<String> problems) {
        this.environment = environment;
        this.catalogue = catalogue;
        this.wallet = wallet;
        this.problems = problems;
    }

    List<DeclaredCandidate> read(List<CandidateSettings> all) {
        if (all.isEmpty()) {
            problems.add("waybill.candidates is missing or empty: name at least one model, with provider and model");
        }
        Set<String> names = new HashSet<>();
        List<DeclaredCandidate> declared = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            String path = "waybill.candidates[" + i + "]";
            int before = problems.size();
            DeclaredCandidate candidate = read(path, i, all.get(i));
            if (problems.size() > before || candidate == null) {
                continue;
            }
            if (!names.add(candidate.name())) {
                problems.add(path + ".name is '" + candidate.name() + "' a second time; plans need a name for each");
            }
            declared.add(candidate);
        }
        return declared;
    }

    private @Nullable DeclaredCandidate read(String path, int index, CandidateSettings settings) {
        String model = settings.model();
        if (model == null || model.isBlank()) {
            problems.add(path + ".model is missing: what the provider calls the model");
            return null;
        }
        String name = settings.name() == null ? model : settings.name();
        if (!NAME.matcher(name).matches()) {
            problems.add(path + ".name is '" + name + "': letters, digits and . _ : / @ - only, at most 128");
        }
        Provider provider = provider(path, settings);
        boolean paid = paid(path, settings);
        if (provider == null) {
            return null;
        }
        Profile profile = profile(path, settings, provider, paid);
        Endpoint endpoint = endpoint(path, settings, provider, model, paid);
        return new DeclaredCandidate(
                name,
                endpoint.withJsonSchema(profile.jsonSchema()),
                profile,
                paid && !hasPrice(settings) ? SellerPrices.listed(index) : listedAs(path, settings, provider),
                paid,
                clients(paid));
    }

    private @Nullable Provider provider(String path, CandidateSettings settings) {
        URI url = settings.baseUrl();
        if (url != null
                && (url.getHost() == null || !("http".equals(url.getScheme()) || "https".equals(url.getScheme())))) {
            problems.add(path + ".base-url is '" + url + "', which is no http or https address");
            return null;
        }
        if (settings.provider() == null) {
            if (url == null) {
                problems.add(path + ".provider is missing: one of "
                        + String.join(
                                ", ",
                                Provider.all().stream().map(Provider::name).toList())
                        + "; or set " + path + ".base-url to any OpenAI-compatible address");
                return null;
            }
            return Provider.compatible(url);
        }
        try {
            return Provider.named(settings.provider());
        } catch (IllegalArgumentException e) {
            problems.add(path + ".provider: " + e.getMessage());
            return null;
        }
    }

    private boolean paid(String path, CandidateSettings settings) {
        if (settings.pay() == null) {
            return false;
        }
        if (!settings.pay().equals("x402")) {
            problems.add(path + ".pay is '" + settings.pay() + "'; the one value is x402");
            return false;
        }
        if (wallet == null) {
            problems.add(path + ".pay is x402, and there is no wallet: set waybill.wallet.keystore,"
                    + " waybill.wallet.signer-url or waybill.wallet.development-key");
            return false;
        }
        return true;
    }

    private Endpoint endpoint(String path, CandidateSettings settings, Provider provider, String model, boolean paid) {
        Endpoint endpoint = Endpoint.of(provider, model)
                .within(
                        or(settings.connectTimeout(), Endpoint.CONNECT_WITHIN),
                        or(settings.timeout(), Endpoint.ANSWER_WITHIN));
        if (settings.baseUrl() != null) {
            endpoint = endpoint.withUrl(settings.baseUrl());
        }
        Wallet paying = wallet;
        if (paid && paying != null) {
            URI seller = endpoint.url(Dialect.OPENAI);
            endpoint = endpoint.withHeaders(() -> paying.priceTags().asPlanned(seller, model));
        }
        if (settings.apiKey() != null && !settings.apiKey().isBlank()) {
            return endpoint.withKey(settings.apiKey().reveal());
        }
        String variable = provider.keyVariable();
        String key = variable == null ? null : environment.apply(variable);
        if (key != null && !key.isBlank()) {
            return endpoint.withKey(key.strip());
        }
        if (variable != null && !paid) {
            problems.add(path + ".api-key is missing: set it, or the environment variable " + variable);
        }
        return variable != null && paid ? endpoint.withKey("none") : endpoint; // paying is how it is let in
    }

    private Supplier<HttpClient.Builder> clients(boolean paid) {
        Wallet paying = wallet;
        return paid && paying != null ? () -> PayingHttpClient.builder(paying) : HttpClient::newBuilder;
    }

    // ---- what is known of it

    private Profile profile(String path, CandidateSettings settings, Provider provider, boolean paid) {
        Profile profile =
                listed(path, settings, provider).map(CatalogueEntry::profile).orElse(Profile.of(Price.unknown()));
        if (paid) {
            profile = profile.withPrice(Price.unknown()); // the seller's, not the vendor's
        } else if (provider.has(Provider.Quirk.FREE)) {
            profile = profile.withPrice(Price.free());
        }
        Price price = price(path, settings);
        profile = price == null ? profile : profile.withPrice(price);
        profile = profile.withContext(or(settings.contextTokens(), profile.contextTokens()))
                .withOutputLimit(or(settings.outputTokens(), profile.outputTokens()))
                .withTools(or(settings.tools(), profile.tools()))
                .withJsonSchema(or(settings.jsonSchema(), profile.jsonSchema()))
                .withInputs(or(settings.inputs(), profile.inputs()).toArray(Modality[]::new));
        return withCustody(path, settings, withSpeed(path, settings, withQuality(path, settings, profile)));
    }

    private @Nullable Price price(String path, CandidateSettings settings) {
        BigDecimal call = settings.pricePerCall();
        BigDecimal input = settings.priceInput();
        BigDecimal output = settings.priceOutput();
        BigDecimal cached = settings.priceCachedInput();
        for (BigDecimal each : new BigDecimal[] {call, input, output, cached}) {
            if (each != null && each.signum() < 0) {
                problems.add(path + ".price-per-call, price-input, price-output and price-cached-input are dollars from"
                        + " 0 up, not " + each.toPlainString());
                return null;
            }
        }
        if (call != null && (input != null || output != null)) {
            problems.add(path + ".price-per-call and a price per million tokens exclude each other");
        }
        if ((input == null) != (output == null) || (cached != null && input == null)) {
            problems.add(path + ".price-input and " + path + ".price-output go together: set both or none");
        }
        if (call != null) {
            return new Price.PerCall(call);
        }
        return input == null || output == null ? null : new Price.PerToken(input, output, cached, null, null);
    }

    private Profile withQuality(String path, CandidateSettings settings, Profile profile) {
        Double quality = settings.quality();
        if (quality == null) {
            return profile;
        }
        if (!(quality > 0 && quality < 1)) {
            problems.add(path + ".quality is " + quality + "; it is a share between 0 and 1");
        } else if (settings.qualitySource() == null || settings.qualityDate() == null) {
            problems.add(path + ".quality needs " + path + ".quality-source and " + path
                    + ".quality-date: an accuracy carries its source and its date, such as 2026-10-01");
        } else {
            return profile.withQuality(quality, settings.qualitySource(), settings.qualityDate());
        }
        return profile;
    }

    private Profile withSpeed(String path, CandidateSettings settings, Profile profile) {
        Long first = settings.firstTokenMillis();
        Double pace = settings.tokensPerSecond();
        if (first == null && pace == null) {
            return profile;
        }
        if (first == null || pace == null || first < 0 || !(pace > 0)) {
            problems.add(path + ".first-token-millis and " + path
                    + ".tokens-per-second go together, and are above zero: set both or none");
            return profile;
        }
        return profile.withSpeed(first, pace);
    }

    private Profile withCustody(String path, CandidateSettings settings, Profile profile) {
        if (settings.region() == null && settings.stored() == null && settings.trainedOn() == null) {
            return profile;
        }
        if (settings.region() == null
                || settings.region().isBlank()
                || settings.stored() == null
                || settings.trainedOn() == null) {
            problems.add(path + ".region, " + path + ".stored and " + path
                    + ".trained-on go together: what becomes of prompts there is known as a whole or not at all");
            return profile;
        }
        return profile.withCustody(new Custody(settings.region(), settings.stored(), settings.trainedOn()));
    }

    /** Its name in the catalogue, which renews price, limits and accuracies; null where a property says any of them. */
    private @Nullable String listedAs(String path, CandidateSettings settings, Provider provider) {
        boolean own = hasPrice(settings)
                || settings.contextTokens() != null
                || settings.outputTokens() != null
                || settings.quality() != null
                || provider.has(Provider.Quirk.FREE);
        return own
                ? null
                : listed(path, settings, provider).map(CatalogueEntry::name).orElse(null);
    }

    private Optional<CatalogueEntry> listed(String path, CandidateSettings settings, Provider provider) {
        String model = String.valueOf(settings.model());
        String listed = settings.listedAs();
        if (listed == null) {
            return catalogue.find(provider.name() + "/" + model).or(() -> catalogue.find(model));
        }
        try {
            return Optional.of(catalogue.get(listed));
        } catch (IllegalArgumentException e) {
            String problem = path + ".listed-as: " + e.getMessage();
            if (!problems.contains(problem)) {
                problems.add(problem);
            }
            return Optional.empty();
        }
    }

    private static boolean hasPrice(CandidateSettings settings) {
        return settings.pricePerCall() != null || settings.priceInput() != null;
    }

    private static <T> T or(@Nullable T given, T otherwise) {
        return given == null ? otherwise : given;
    }

    private static Duration or(@Nullable Duration given, Duration otherwise) {
        return given == null ? otherwise : given;
    }
}
