/* What CasparCG hands to update(data): templateData as XML, or a JSON object; out come flat keys and values.
   Written for old renderers: CasparCG 2.2 brings Chromium 63. */
var wpsim = window.wpsim || {};
window.wpsim = wpsim;

(function () {
  "use strict";

  /** Return the keys of template data; throws where it is neither XML nor JSON of the expected shape. */
  wpsim.parseTemplateData = function (data) {
    if (data !== null && typeof data === "object") return flat(data);
    const text = String(data).trim();
    if (text.charAt(0) === "<") return fromXml(text);
    return flat(JSON.parse(text));
  };

  function flat(object) {
    if (object === null || typeof object !== "object" || Array.isArray(object)) {
      throw new TypeError("template data is no object of keys and values");
    }
    const keys = {};
    Object.keys(object).forEach(function (name) {
      const value = object[name];
      keys[name] = value === null || typeof value === "object" ? "" : String(value);
    });
    return keys;
  }

  function fromXml(text) {
    const page = new DOMParser().parseFromString(text, "text/xml");
    if (page.getElementsByTagName("parsererror").length > 0) throw new TypeError("template data is no XML");
    const keys = {};
    const components = page.getElementsByTagName("componentData");
    for (let index = 0; index < components.length; index += 1) {
      const data = components[index].getElementsByTagName("data");
      for (let place = 0; place < data.length; place += 1) {
        if (place === 0 || data[place].getAttribute("id") === "text") {
          keys[components[index].getAttribute("id")] = data[place].getAttribute("value") || "";
        }
      }
    }
    return keys;
  }
})();
