/**
 * Does the jobs of a file and quits nothing: run by After Effects itself before `aerender`, see job_file.md. The job file is
 * named by the environment variable MATTEWIRE_JOB.
 */
(function () {
  $.evalFile(new File(new File($.fileName).parent.fsName + "/mattewire.jsx"));
  return mattewire.runFile($.getenv("MATTEWIRE_JOB") || "");
}());
