"""What the tests of the page's engine ask of it, in JavaScript; each is called in a tab that can import the page's modules."""

SETTING = """
    const { DEFAULTS } = await import("/js/engine/settings.js");
    const setting = { ...DEFAULTS, ...changes };
"""

POINTS = f"""async (changes) => {{ {SETTING}
    const {{ drawPoints }} = await import("/js/engine/points.js");
    const plain = (rows) => rows && {{ x: [...rows.x], y: [...rows.y] }};
    const {{ train, validation }} = drawPoints(setting);
    return {{ train: plain(train), validation: plain(validation) }};
}}"""

INITIAL = f"""async (changes) => {{ {SETTING}
    const {{ initialParameters }} = await import("/js/engine/network.js");
    return [...initialParameters(setting)];
}}"""

TRAIN = f"""async ([changes, slices]) => {{ {SETTING}
    const {{ Training }} = await import("/js/engine/training.js");
    let training;
    try {{
        training = new Training(setting);
    }} catch (error) {{
        return {{ refusal: error.refusal ?? String(error) }};
    }}
    while (slices && !training.over) {{ // look at the clock after every call of the kernel, and at the numbers
        training.work(performance.now() + 1e-6);
        training.session.measure();
        training.session.measureValidation();
    }}
    training.work(Infinity);
    const {{ parameters, initial, snapshots, log, status, epochs, loss, accuracy, validation_accuracy }} = training.result();
    const saved = snapshots.map(({{ epoch, parameters }}) => [epoch, [...parameters]]);
    training.release();
    const numbers = {{ parameters: [...parameters], initial: [...initial], snapshots: saved }};
    return {{ ...numbers, log, status, epochs, loss, accuracy, validation_accuracy }};
}}"""

STEP = f"""async (changes) => {{ {SETTING}
    const {{ oneStep }} = await import("/js/engine/one_step.js");
    const {{ initialParameters }} = await import("/js/engine/network.js");
    const {{ allPoints }} = await import("/js/engine/points.js");
    return oneStep(setting, initialParameters(setting), allPoints(setting));
}}"""

ANSWERS = f"""async ([changes, view]) => {{ {SETTING}
    const {{ createEvaluator }} = await import("/js/engine/evaluator.js");
    const {{ initialParameters }} = await import("/js/engine/network.js");
    const evaluator = await createEvaluator(setting), parameters = initialParameters(setting);
    const units = evaluator.units(parameters, view).map((layer) => [...layer]);
    const at = [...evaluator.at(parameters, [0.5, -1, 2, 0.25])];
    const result = {{ logits: [...evaluator.logits(parameters, view)], units, at }};
    evaluator.dispose();
    return result;
}}"""

MODES = f"""async ([changes, modes]) => {{ {SETTING}
    const {{ Session }} = await import("/js/engine/session.js");
    const {{ kindOf, numbersOf, batchOf, tableOf }} = await import("/js/engine/kinds.js");
    const {{ drawPoints }} = await import("/js/engine/points.js");
    const {{ initialParameters }} = await import("/js/engine/network.js");
    const train = tableOf(setting.features, drawPoints(setting).train), rows = train.y.length, batch = batchOf(setting, rows);
    return modes.map((mode) => {{
        const kind = {{ ...kindOf(setting, rows), mode }};
        const session = new Session(kind, numbersOf(setting), {{ train, validation: null, batch, order: null }});
        session.parameters.set(initialParameters(setting));
        if (batch) session.setOrder([...Array(rows).keys()].reverse());
        for (let step = 0; step < 5; step++) {{
            if (batch) session.batchSteps(0, session.batches, 0.1, true);
            else session.wholeSteps([0.1], true);
        }}
        const result = [...session.parameters, session.measure().loss];
        session.release();
        return result;
    }});
}}"""
