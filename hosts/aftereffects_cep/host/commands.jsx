/** The one door: `mattewire.call(name, question as JSON text)` answers JSON text, also when anything fails. */

/** Section of After Effects' preferences, and the longest value there (measured by the Scripting Guide in 15.0.1). */
mattewire.SECTION = "Mattewire";
mattewire.LONGEST_SETTING = 1999;

/** @param {{name: string}} question */
mattewire.settingGet = function (question) {
  var there = app.settings.haveSetting(mattewire.SECTION, question.name);
  return { value: there ? app.settings.getSetting(mattewire.SECTION, question.name) : "" };
};

/** @param {{name: string, value: string}} question */
mattewire.settingSet = function (question) {
  if (mattewire.json.quote(question.value).length - 2 > mattewire.LONGEST_SETTING) {
    throw mattewire.fault(
      "bad_field", question.name, "The setting is longer than After Effects keeps.", "Keep it in Mattewire's own folder."
    );
  }
  app.settings.saveSetting(mattewire.SECTION, question.name, question.value);
  return { value: question.value };
};

/**
 * Every command by the name that the panel calls it.
 * @type {import("../host/contract").Commands}
 */
mattewire.commands = {
  state: mattewire.state,
  look: mattewire.look,
  check: mattewire.check,
  place: mattewire.place,
  update: mattewire.update,
  reload: mattewire.reload,
  remove: mattewire.removeJob,
  isolate: mattewire.isolate,
  isolate_remove: mattewire.isolateRemove,
  masks_begin: mattewire.masksBegin,
  masks_piece: mattewire.masksPiece,
  masks_end: mattewire.masksEnd,
  masks_remove: mattewire.masksRemove,
  find: mattewire.find,
  go_to: mattewire.goTo,
  show: mattewire.show,
  render_plan: mattewire.renderPlan,
  render: mattewire.render,
  render_take: mattewire.renderTake,
  render_drop: mattewire.renderDrop,
  setting_get: mattewire.settingGet,
  setting_set: mattewire.settingSet,
  selftest_begin: mattewire.selftestBegin,
  selftest_picture: mattewire.selftestPicture,
  selftest_check: mattewire.selftestCheck,
  selftest_end: mattewire.selftestEnd
};

/**
 * What the panel calls through evalScript.
 * @param {string} name
 * @param {string} text the question as JSON; empty for none
 * @returns {string} an Answer as JSON in ASCII
 */
mattewire.call = function (name, text) {
  var command, quiet = false, told;
  try {
    command = mattewire.commands.hasOwnProperty(name) ? /** @type {any} */ (mattewire.commands)[name] : null;
    if (!command) {
      throw mattewire.fault(
        "bad_field",
        "command",
        'There is no command "' + name + '".',
        "Update the panel: its two halves are of different versions."
      );
    }
    // A dialog of After Effects would hold up the panel until somebody sees it.
    app.beginSuppressDialogs();
    quiet = true;
    return mattewire.json.write({ ok: true, value: command(text ? mattewire.json.read(text) : {}) });
  } catch (problem) {
    told = mattewire.told(problem);
    return mattewire.json.write({
      ok: false,
      error: {
        code: told.code, message: told.message, field: told.field, advice: told.advice, render: told.render, keep: told.keep
      }
    });
  } finally {
    if (quiet) {
      app.endSuppressDialogs(false);
    }
  }
};
