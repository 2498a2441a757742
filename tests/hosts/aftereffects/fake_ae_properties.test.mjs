import assert from "node:assert/strict";
import { test } from "node:test";
import { open, throws } from "./fake_ae_scene.mjs";

function withSolid(settings) {
  const ae = open(settings);
  ae.run("var s = c.layers.addSolid([1, 0, 0], 's', 16, 8, 1), t = s.property('ADBE Transform Group')");
  return ae;
}

test("properties by match name, by name, by number and by attribute are the same ones", () => {
  const ae = withSolid();
  ae.run("s.transform.opacity.setValue(40)");
  for (const way of ["t.property('ADBE Opacity')", "s.property('Transform').property('Opacity')", "s.opacity", "t.property(11)", "s.property(5).opacity"])
    assert.equal(ae.run(`${way}.value`), 40, way);
  assert.equal(ae.run("t.property('nothing')"), null);
  throws(ae, "t.property(99)", /out of range 1 to 11/);
  assert.equal(ae.run("t.property('ADBE Scale').parentProperty.matchName + t.parentProperty.name + t.propertyDepth"), "ADBE Transform Groups1");
});

test("values are copies, checked against kind and range", () => {
  const ae = withSolid();
  ae.run("var p = s.position.value; p[0] = 99");
  assert.equal(ae.run("s.position.value.join()"), "8,4,0");
  throws(ae, "s.opacity.setValue(101)", /out of range 0 to 100/);
  throws(ae, "s.position.setValue(3)", /2\/3 numbers/);
  throws(ae, "s.position.setValue([1, NaN])", /finite/);
  throws(ae, "s.orientation.setValue([0, 0, 0])", /hidden/);
  ae.run("s.threeDLayer = true; s.orientation.setValue([0, 10, 0])");
  assert.equal(ae.run("s.orientation.value.join()"), "0,10,0");
});

test("keyframes: linear, hold, eased, in comp time; setValue is refused beside them", () => {
  const ae = withSolid();
  ae.run("s.opacity.setValueAtTime(0, 0); s.opacity.setValueAtTime(1, 100)");
  assert.equal(ae.run("s.opacity.valueAtTime(0.25, false)"), 25);
  throws(ae, "s.opacity.setValue(3)", /has keyframes/);
  ae.run("s.opacity.setInterpolationTypeAtKey(1, KeyframeInterpolationType.LINEAR, KeyframeInterpolationType.HOLD)");
  assert.equal(ae.run("s.opacity.valueAtTime(0.99, false)"), 0);
  ae.run("var e = new KeyframeEase(0, 33.333333); s.opacity.setTemporalEaseAtKey(1, [e], [e]); s.opacity.setTemporalEaseAtKey(2, [e], [e])");
  assert.ok(Math.abs(ae.run("s.opacity.valueAtTime(0.5, false)") - 50) < 1e-6);
  // Cubic from 0 to 100 with flat ends and thirds of influence: 3t² - 2t³ at t = 1/4.
  assert.ok(Math.abs(ae.run("s.opacity.valueAtTime(0.25, false)") - 15.625) < 1e-4);
  ae.run("s.startTime = 1");
  assert.equal(ae.run("s.opacity.keyTime(1) + ' ' + s.opacity.nearestKeyIndex(1.9) + ' ' + s.opacity.numKeys"), "1 2 2");
  ae.run("s.opacity.removeKey(1); s.opacity.removeKey(1)");
  assert.equal(ae.run("s.opacity.numKeys + ' ' + s.opacity.value"), "0 100");
  throws(ae, "s.opacity.keyTime(1)", /out of range/);
  throws(ae, "s.opacity.setTemporalEaseAtKey(1, [e, e])", /out of range|KeyframeEase/);
});

test("adding an effect makes earlier references to its neighbors invalid", () => {
  const ae = withSolid();
  ae.run("var fx = s.property('ADBE Effect Parade'), tint = fx.addProperty('ADBE Tint'), amount = tint.property(3)");
  assert.equal(ae.run("amount.value"), 100);
  ae.run("var slider = fx.addProperty('Slider Control')");
  throws(ae, "tint.name", /Object is invalid/);
  throws(ae, "amount.value", /Object is invalid/);
  assert.equal(ae.run("fx.numProperties + fx.property(1).name + fx.property(2).matchName + slider.propertyIndex"), "2TintADBE Slider Control2");
  ae.run("fx.addProperty('ADBE Tint').moveTo(1)");
  assert.equal(ae.run("fx.property(1).name + fx.property(2).name"), "Tint 2Tint");
  ae.run("fx.property(1).remove()");
  assert.equal(ae.run("fx.numProperties"), 2);
  assert.throws(() => ae.run("fx.addProperty('ADBE Nothing Known')"), /does not model the effect/);
  assert.equal(ae.run("fx.canAddProperty('nonsense')"), false);
});

test("masks: a Shape is set as a copy; tangents must be as many as vertices", () => {
  const ae = withSolid();
  ae.run(`var m = s.property("ADBE Mask Parade").addProperty("ADBE Mask Atom"), path = m.property("ADBE Mask Shape"), shape = new Shape();
    shape.vertices = [[0, 0], [8, 0], [8, 8]]; path.setValue(shape); shape.vertices = []; m.maskMode = MaskMode.SUBTRACT`);
  assert.equal(ae.run("path.value.vertices.length + ' ' + path.value.inTangents.length + ' ' + m.isMask + ' ' + m.name"), "3 3 true Mask 1");
  assert.equal(ae.run("path.value instanceof Shape && path.propertyValueType === PropertyValueType.SHAPE && m.maskPath.value.closed"), true);
  throws(ae, "shape.vertices = [[0, 0]]; shape.inTangents = [[0, 0], [1, 1]]; path.setValue(shape)", /1 vertices and 2 tangents/);
});

test("markers keep comments and parameters on layers and comps", () => {
  const ae = withSolid();
  ae.run("var v = new MarkerValue('here'); v.setParameters({job: 'a1'}); s.marker.setValueAtTime(0.5, v); c.markerProperty.setValueAtTime(1, new MarkerValue('comp'))");
  assert.equal(ae.run("s.marker.keyValue(1).comment + s.marker.keyValue(1).getParameters().job + s.marker.keyTime(1) + c.markerProperty.keyValue(1).comment"), "herea10.5comp");
});

test("expressions link layers; an error says so and leaves the value", () => {
  const ae = withSolid();
  ae.run("var n = c.layers.addNull(); n.name = 'rig'; n.position.setValueAtTime(0, [0, 0]); n.position.setValueAtTime(1, [10, 20]); s.position.expression = 'thisComp.layer(\"rig\").transform.position'");
  assert.equal(ae.run("s.position.valueAtTime(0.5, false).join() + ' ' + s.position.valueAtTime(0.5, true).join() + s.position.expressionError"), "5,10,0 8,4,0");
  ae.run("s.opacity.expression = 'thisComp.layer(\"gone\").opacity'");
  assert.match(ae.run("s.opacity.expressionError"), /there is no layer "gone"/);
  assert.equal(ae.run("s.opacity.value"), 100);
  ae.run("s.opacity.expression = ''");
  assert.equal(ae.run("s.opacity.expressionEnabled + s.opacity.expressionError"), "false");
});

test("separated positions: the leader hides, the followers move the layer", () => {
  const ae = withSolid();
  ae.run("s.position.dimensionsSeparated = true; s.property('Transform').property('ADBE Position_0').setValue(12)");
  throws(ae, "s.position.setValue([1, 1])", /hidden/);
  assert.equal(ae.picture("C", 0).data[3 * 4 + 3], 0, "moved 4 pixels right");
  assert.equal(ae.picture("C", 0).data[4 * 4 + 3], 1);
});

test("text: a TextDocument is a copy too", () => {
  const ae = open();
  ae.run("var l = c.layers.addText('Hello'), d = l.text.sourceText.value; d.text = 'Bye'; d.fillColor = [0, 1, 0]");
  assert.equal(ae.run("l.sourceText.value.text + l.name"), "HelloHello");
  ae.run("l.sourceText.setValue(d)");
  assert.equal(ae.run("l.sourceText.value.text + l.name + (l.source === null) + (l instanceof TextLayer)"), "ByeByetruetrue");
});
