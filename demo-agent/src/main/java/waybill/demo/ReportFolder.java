package waybill.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The folder that a report is written to, in its three forms. An older report there is replaced, other files are not. */
final class ReportFolder {
    private final Path folder;

    ReportFolder(Path folder) {
        this.folder = folder;
    }

    /** The page to open in a browser. */
    Path page() {
        return folder.resolve("report.html");
    }

    /** Writes {@code report.html}, {@code report.md} and {@code report.json}, each whole or not at all. */
    void write(Report report) throws IOException {
        Files.createDirectories(folder);
        replace(page(), new HtmlReport(report).page());
        replace(folder.resolve("report.md"), new MarkdownReport(report).text());
        replace(folder.resolve("report.json"), new JsonReport(report).text());
    }

    private void replace(Path file, String text) throws IOException {
        Path fresh = folder.resolve("." + file.getFileName() + ".part");
        try {
            Files.writeString(fresh, text);
            Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }
}
