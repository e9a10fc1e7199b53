document.addEventListener("keydown", function (event) {
  var shown = document.querySelector("figure:target");
  var wanted = { ArrowLeft: ".previous", ArrowRight: ".next", Escape: ".close" }[event.key];
  if (!wanted || event.altKey || event.ctrlKey || event.metaKey) { return; }
  var link = shown ? shown.querySelector(wanted) : document.querySelector("figure > a");
  if (link && (shown || event.key === "ArrowRight")) { event.preventDefault(); link.click(); }
});
