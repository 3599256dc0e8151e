package waybill.demo;

import java.util.Locale;
import java.util.StringJoiner;

/** Writes one drawing; colours come from the page's style by class. Coordinates are rounded to a tenth. */
final class Svg {
    private final StringBuilder out = new StringBuilder();

    Svg(int width, int height, String label) {
        out.append("<svg class=\"chart\" viewBox=\"0 0 ")
                .append(width)
                .append(' ')
                .append(height)
                .append("\" role=\"img\" aria-label=\"")
                .append(Html.escape(label))
                .append("\">");
    }

    void line(double x1, double y1, double x2, double y2, String style) {
        out.append("<line class=\"").append(style).append("\" x1=\"").append(n(x1));
        out.append("\" y1=\"").append(n(y1)).append("\" x2=\"").append(n(x2));
        out.append("\" y2=\"").append(n(y2)).append("\"/>");
    }

    void rect(double x, double y, double width, double height, String style, String tip) {
        out.append("<rect class=\"").append(style).append("\" x=\"").append(n(x));
        out.append("\" y=\"").append(n(y)).append("\" width=\"").append(n(Math.max(0, width)));
        out.append("\" height=\"").append(n(Math.max(0, height))).append("\"");
        out.append(tip.isEmpty() ? "/>" : "><title>" + Html.escape(tip) + "</title></rect>");
    }

    void dot(double x, double y, String style, String tip) {
        out.append("<circle class=\"").append(style).append("\" r=\"4\" cx=\"").append(n(x));
        out.append("\" cy=\"").append(n(y)).append("\"><title>").append(Html.escape(tip));
        out.append("</title></circle>");
    }

    /** A text; {@code anchor} is start, middle or end. */
    void text(double x, double y, String anchor, String style, String text) {
        out.append("<text class=\"").append(style).append("\" text-anchor=\"").append(anchor);
        out.append("\" x=\"").append(n(x)).append("\" y=\"").append(n(y)).append("\">");
        out.append(Html.escape(text)).append("</text>");
    }

    /** A line through all points. */
    void curve(double[] x, double[] y, String style) {
        out.append("<polyline class=\"").append(style).append("\" points=\"");
        out.append(points(x, y)).append("\"/>");
    }

    /** The area between a line through all points and a level. */
    void area(double[] x, double[] y, double level, String style) {
        out.append("<polygon class=\"").append(style).append("\" points=\"");
        out.append(n(x[0]))
                .append(',')
                .append(n(level))
                .append(' ')
                .append(points(x, y))
                .append(' ');
        out.append(n(x[x.length - 1])).append(',').append(n(level)).append("\"/>");
    }

    @Override
    public String toString() {
        return out + "</svg>";
    }

    private static String points(double[] x, double[] y) {
        StringJoiner points = new StringJoiner(" ");
        for (int i = 0; i < x.length; i++) {
            points.add(n(x[i]) + "," + n(y[i]));
        }
        return points.toString();
    }

    private static String n(double value) {
        String text = String.format(Locale.ROOT, "%.1f", value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
}
