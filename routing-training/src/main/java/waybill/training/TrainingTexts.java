package waybill.training;

import java.util.List;
import java.util.function.Consumer;
import waybill.routing.learned.Wording;

/** The examples read, counted and brought into a subspace: what every regression of a training run shares. */
final class TrainingTexts {

    final Tasks tasks;
    final Design design;
    final Subspace subspace;
    final List<int[]> groups;
    final RidgeSolver solver;

    TrainingTexts(List<Example> examples, TrainerSettings settings, Consumer<String> progress) {
        this.tasks = new Tasks(examples);
        progress.accept("reading " + examples.size() + " prompts of " + tasks.kinds.size() + " kinds in "
                + tasks.domains.size() + " domains, outcomes of " + tasks.models.size() + " models");
        List<Wording> wordings = examples.parallelStream()
                .map(e -> Wording.of(e.text(), e.tools()))
                .toList();
        this.design = new Design(wordings, settings.bits());
        progress.accept("the leading " + settings.subspace() + " directions of " + design.buckets + " hashed words");
        this.subspace = new Subspace(design, settings.subspace());
        this.groups = tasks.groups();
        this.solver = new RidgeSolver(subspace, design, groups);
    }
}
