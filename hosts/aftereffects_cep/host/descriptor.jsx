/**
 * Jobs from a file, without a panel: for templates that are filled by a script and rendered by `aerender`. The mattes are
 * made before, by the `mattewire` command line or a farm; this lays them in. The file is described in job_file.md.
 */

mattewire.JOB_FILE = "mattewire.aftereffects.1";

/** What a job may ask for. */
mattewire.JOB_USES = ["track matte", "color isolate", "background swap", "caption isolate", "mask paths"];

/**
 * Fields of a job: their kind, and whether they must be there.
 * @type {Array<[string, "text"|"number"|"texts", boolean]>}
 */
mattewire.JOB_FIELDS = [
  ["comp", "text", true], ["layer", "text", true], ["use", "text", true], ["mattes", "text", false], ["first", "number", false],
  ["last", "number", false], ["label", "text", false], ["version", "text", false], ["job_id", "text", false], ["keep", "texts", false],
  ["captions", "texts", false], ["background", "text", false], ["background_layer", "text", false], ["gray", "number", false],
  ["darker", "number", false], ["splines", "text", false], ["on", "text", false]
];

/**
 * @param {string} field
 * @param {string} message
 * @param {string} [advice]
 */
mattewire.badJob = function (field, message, advice) {
  return mattewire.fault("bad_field", field, message, advice || "Correct the job file: see job_file.md.");
};

/**
 * Opens the project that a job file names, does its jobs, saves the project under another name, and writes an Answer beside
 * the job file, as `<name>.answer.json`. Nothing is saved when a job fails.
 * @param {string} path of the job file
 * @returns {string} the Answer as JSON
 */
mattewire.runFile = function (path) {
  var file = new File(path), text;
  app.beginSuppressDialogs();
  try {
    text = mattewire.json.write({ ok: true, value: mattewire.runJobs(mattewire.textOf(file, "job file"), file.parent.fsName) });
  } catch (problem) {
    text = mattewire.json.write({ ok: false, error: mattewire.toldShort(problem) });
  } finally {
    app.endSuppressDialogs(false);
  }
  file = new File(path.replace(/\.json$/i, "") + ".answer.json");
  file.encoding = "UTF-8";
  if (file.open("w")) {
    file.write(text + "\n");
    file.close();
  }
  return text;
};

/** @param {any} problem */
mattewire.toldShort = function (problem) {
  var told = mattewire.told(problem);
  return { code: told.code, message: told.message, field: told.field, advice: told.advice };
};

/**
 * @param {File} file
 * @param {string} field
 */
mattewire.textOf = function (file, field) {
  var text;
  file.encoding = "UTF-8";
  if (!file.exists || !file.open("r")) {
    throw mattewire.fault("frame_missing", field, file.fsName + " cannot be read.", "Check its path and that it may be read.");
  }
  text = file.read();
  file.close();
  return text;
};

/**
 * Does the jobs of a file's text, as one undo step.
 * @param {string} text
 * @param {string} folder that paths in it begin at
 */
mattewire.runJobs = function (text, folder) {
  var tree = mattewire.jobTree(text), done, i;
  if (tree.project) {
    if (!new File(mattewire.fullPath(tree.project, folder)).exists) {
      throw mattewire.fault("frame_missing", "project", tree.project + " is not there.", "Correct its path: it begins at the job file's folder.");
    }
    app.open(new File(mattewire.fullPath(tree.project, folder)));
  }
  for (i = 0; i < tree.jobs.length; i += 1) {
    mattewire.mustBeJob(tree.jobs[i], "jobs[" + i + "]");
  }
  done = mattewire.step("jobs of a file", mattewire.activeComp(), function () {
    /** @type {any[]} */
    var made = [];
    var k;
    for (k = 0; k < tree.jobs.length; k += 1) {
      made.push(mattewire.runJob(tree.jobs[k], "jobs[" + k + "]", folder));
    }
    return made;
  });
  if (tree.save_as) {
    app.project.save(new File(mattewire.fullPath(tree.save_as, folder)));
  }
  return { jobs: done };
};

/**
 * The tree of a job file, with what holds for all jobs checked.
 * @param {string} text
 */
mattewire.jobTree = function (text) {
  /** @type {any} */
  var tree;
  var i, names = ["project", "save_as"];
  try {
    tree = mattewire.json.read(text);
  } catch (problem) {
    throw mattewire.badJob("", "The job file cannot be read. " + /** @type {any} */ (problem).message);
  }
  if (tree === null || typeof tree !== "object" || tree.schema !== mattewire.JOB_FILE) {
    throw mattewire.badJob("schema", "The schema is not " + mattewire.JOB_FILE + ".");
  }
  for (i = 0; i < names.length; i += 1) {
    if (tree[names[i]] !== undefined && typeof tree[names[i]] !== "string") {
      throw mattewire.badJob(names[i], "It is no text.");
    }
  }
  if (!(tree.jobs instanceof Array) || !tree.jobs.length) {
    throw mattewire.badJob("jobs", "There is no list of jobs.");
  }
  return tree;
};

/**
 * @param {any} job
 * @param {string} at
 */
mattewire.mustBeJob = function (job, at) {
  var i, k, name, kind, value, ok;
  if (job === null || typeof job !== "object") {
    throw mattewire.badJob(at, "It is no job.");
  }
  for (i = 0; i < mattewire.JOB_FIELDS.length; i += 1) {
    name = mattewire.JOB_FIELDS[i][0];
    kind = mattewire.JOB_FIELDS[i][1];
    value = job[name];
    if (value === undefined && mattewire.JOB_FIELDS[i][2]) {
      throw mattewire.badJob(at + "." + name, "It is missing.");
    }
    if (value !== undefined) {
      ok = kind === "texts" ? value instanceof Array : typeof value === (kind === "text" ? "string" : "number");
      for (k = 0; ok && kind === "texts" && k < value.length; k += 1) {
        ok = typeof value[k] === "string";
      }
      if (!ok) {
        throw mattewire.badJob(at + "." + name, "It is no " + (kind === "texts" ? "list of texts" : kind) + ".");
      }
    }
  }
  if (!mattewire.has(mattewire.JOB_USES, job.use)) {
    throw mattewire.badJob(at + ".use", '"' + job.use + '" is none of: ' + mattewire.JOB_USES.join(", ") + ".");
  }
  name = job.use === "mask paths" ? ["splines"] : ["mattes", "first", "last"];
  for (i = 0; i < name.length; i += 1) {
    if (job[name[i]] === undefined) {
      throw mattewire.badJob(at + "." + name[i], "It is missing.");
    }
  }
};

/**
 * @param {any} job
 * @param {string} at
 * @param {string} folder
 */
mattewire.runJob = function (job, at, folder) {
  var comp = mattewire.compNamed(job.comp, at), plate = mattewire.layerNamed(comp, job.layer, at + ".layer"), made, told;
  try {
    if (job.use === "mask paths") {
      made = mattewire.runMasks(job, plate, folder);
    } else {
      made = mattewire.runUse(mattewire.questionOf(job, at, comp, plate, folder), job.use);
    }
  } catch (problem) {
    told = mattewire.told(problem);
    if (told.field.indexOf(at) !== 0) {
      told.field = at + (told.field ? "." + (told.field === "path" ? "mattes" : told.field) : "");
    }
    throw told;
  }
  return { comp: comp.name, layer: plate.name, use: job.use, made: made.name, notes: made.notes };
};

/**
 * @param {IsolateQuestion} question
 * @param {string} use
 * @returns {{name: string, notes: string[]}}
 */
mattewire.runUse = function (question, use) {
  /** @type {{[use: string]: IsolateKind}} */
  var kinds = { "color isolate": "color", "background swap": "background", "caption isolate": "caption" };
  if (use === "track matte") {
    return mattewire.place(question);
  }
  question.kind = kinds[use];
  return mattewire.isolate(question);
};

/**
 * @param {any} job
 * @param {string} at
 * @param {CompItem} comp
 * @param {Layer} plate
 * @param {string} folder
 * @returns {IsolateQuestion}
 */
mattewire.questionOf = function (job, at, comp, plate, folder) {
  var i, names = job.captions || [];
  /** @type {any} */
  var question = {
    job_id: mattewire.jobId(job), layer_id: plate.id, path: mattewire.fullPath(job.mattes, folder), first: job.first, last: job.last,
    label: job.label || "", version: job.version || "", ticket: "", keep: job.keep || [], gray: job.gray, darker: job.darker,
    caption_layer_ids: []
  };
  for (i = 0; i < names.length; i += 1) {
    question.caption_layer_ids.push(mattewire.layerNamed(comp, names[i], at + ".captions[" + i + "]").id);
  }
  if (job.background_layer) {
    question.background_layer_id = mattewire.layerNamed(comp, job.background_layer, at + ".background_layer").id;
  } else if (job.background) {
    question.background = mattewire.fullPath(job.background, folder);
  }
  return question;
};

/** @param {any} job */
mattewire.jobId = function (job) {
  return (job.job_id || "file-" + (job.label || job.layer) + (job.version ? "-" + job.version : "")).replace(/[^A-Za-z0-9_.\-]+/g, "_");
};

/**
 * @param {any} job
 * @param {Layer} plate
 * @param {string} folder
 */
mattewire.runMasks = function (job, plate, folder) {
  var id = mattewire.jobId(job), tree = mattewire.json.read(mattewire.textOf(new File(mattewire.fullPath(job.splines, folder)), "splines")), i, k;
  /** @type {any[]} */
  var splines = [];
  if (tree === null || tree.schema !== "mattewire.splines.1") {
    throw mattewire.fault("bad_field", "splines", job.splines + " is no document of splines.", "Ask for a deliverable with the format splines.");
  }
  mattewire.masksBegin({
    job_id: id, layer_id: plate.id, on: job.on === "copy" ? "copy" : "plate", label: job.label || "", keep: job.keep || [],
    width: tree.width, height: tree.height, objects: tree.objects
  });
  for (i = 0; i < tree.splines.length; i += 1) {
    splines[i] = tree.splines[i];
    splines[i].at = i;
    for (k = 0; k < splines[i].keys.length; k += 1) {
      splines[i].keys[k].points = String(splines[i].keys[k].points); // lists in a list, with commas between all numbers
    }
  }
  mattewire.masksPiece({ job_id: id, splines: splines });
  return mattewire.masksEnd({ job_id: id });
};

/**
 * @param {string} name
 * @param {string} at
 * @returns {CompItem}
 */
mattewire.compNamed = function (name, at) {
  var i, item, found = null, count = 0;
  for (i = 1; i <= app.project.numItems; i += 1) {
    item = app.project.item(i);
    if (item instanceof CompItem && item.name === name) {
      found = item;
      count += 1;
    }
  }
  if (count !== 1 || !found) {
    throw mattewire.badJob(at + ".comp", count ? count + ' comps are called "' + name + '".' : 'There is no comp "' + name + '".');
  }
  return found;
};

/**
 * @param {CompItem} comp
 * @param {string} name
 * @param {string} field
 * @returns {Layer}
 */
mattewire.layerNamed = function (comp, name, field) {
  var count = mattewire.namedSo(comp, name);
  if (count !== 1) {
    throw mattewire.badJob(field, count ? count + ' layers are called "' + name + '".' : 'There is no layer "' + name + '" in "' + comp.name + '".');
  }
  return comp.layer(name);
};

/**
 * @param {string} path
 * @param {string} folder
 */
mattewire.fullPath = function (path, folder) {
  return /^([\/\\]|[A-Za-z]:[\/\\])/.test(path) ? path : folder + "/" + path;
};
