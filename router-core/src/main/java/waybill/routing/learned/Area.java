package waybill.routing.learned;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Which kinds of prompt an area speaks of: the name of a kind, of a domain, of a benchmark, or of neither. */
final class Area {

    /** The domains that one number for maths covers. */
    static final List<String> MATHS = List.of("arithmetic", "mathematics");

    private Area() {}

    /** Flags by kind; all when the name says nothing. */
    static boolean[] kinds(Weights.Parts p, String name) {
        String plain = plain(name);
        List<String> spoken = spoken(plain);
        boolean[] area = new boolean[p.kinds.size()];
        boolean any = false;
        for (int k = 0; k < area.length; k++) {
            String domain = p.domains.get(p.kindDomain[k]);
            area[k] = plain.equals(domain) || spoken.contains(domain);
            any |= area[k];
        }
        for (int k = 0; k < area.length && !any; k++) {
            String kind = p.kinds.get(k);
            area[k] = plain.equals(plain(kind)) || plain.equals(plain(kind.substring(kind.indexOf('/') + 1)));
        }
        for (boolean in : area) {
            any |= in;
        }
        if (!any) {
            Arrays.fill(area, true);
        }
        return area;
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    private static List<String> spoken(String plain) {
        if (plain.contains("gsm")) {
            return List.of("arithmetic");
        }
        if (plain.contains("zeroeval") || plain.equals("math") || plain.equals("maths")) {
            return MATHS;
        }
        if (plain.contains("math") || plain.contains("aime")) {
            return List.of("mathematics");
        }
        if (plain.contains("tool") || plain.contains("function") || plain.contains("bfcl") || plain.contains("agent")) {
            return List.of("tools");
        }
        if (plain.contains("mmlupro")
                || plain.contains("gpqa")
                || plain.contains("reason")
                || (plain.contains("science") && !plain.contains("computer"))) {
            return List.of("expert");
        }
        if (plain.contains("routellm")) {
            return List.of("arithmetic", "knowledge");
        }
        return plain.contains("mmlu") || plain.contains("knowledge") ? List.of("knowledge") : List.of();
    }
}
