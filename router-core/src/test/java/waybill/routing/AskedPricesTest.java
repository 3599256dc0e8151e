package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class AskedPricesTest {
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 22);

    private final Catalogue listed = Catalogue.empty()
            .with(
                    "sellers",
                    """
                    source what sellers say 2026-11-01
                    model shop/a price=unknown
                    model shop/b price=unknown
                    """);
    private final AtomicReference<Optional<BigDecimal>> said = new AtomicReference<>(Optional.empty());
    private final AskedPrices prices =
            AskedPrices.over(listed, "its list", () -> TODAY).with("shop/a", said::get);

    private static Price price(Catalogue catalogue, String name) {
        return catalogue.get(name).profile().price();
    }

    @Test
    void a_price_that_nobody_knows_stays_unknown() {
        assertThat(price(prices.get(), "shop/a")).isEqualTo(Price.unknown());
    }

    @Test
    void what_is_said_is_the_price_of_that_model_alone_with_who_said_so_and_when() {
        said.set(Optional.of(new BigDecimal("0.01")));
        Catalogue priced = prices.get();
        assertThat(price(priced, "shop/a")).isEqualTo(Price.perCall("0.01"));
        assertThat(price(priced, "shop/b")).isEqualTo(Price.unknown());
        assertThat(priced.get("shop/a").source()).isEqualTo("its list");
        assertThat(priced.get("shop/a").asOf()).isEqualTo(TODAY);
    }

    @Test
    void every_plan_asks_anew_and_the_catalogue_changes_only_with_a_price() {
        said.set(Optional.of(new BigDecimal("0.01")));
        Catalogue first = prices.get();
        assertThat(prices.get()).isSameAs(first);
        said.set(Optional.of(new BigDecimal("0.09")));
        assertThat(price(prices.get(), "shop/a")).isEqualTo(Price.perCall("0.09"));
        said.set(Optional.empty());
        assertThat(price(prices.get(), "shop/a")).as("too old to say anything").isEqualTo(Price.unknown());
    }

    @Test
    void a_model_that_is_not_listed_is_a_mistake_at_once() {
        assertThatThrownBy(() -> prices.with("shop/c", Optional::empty)).isInstanceOf(IllegalArgumentException.class);
    }
}
