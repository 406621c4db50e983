// Runs before the script, with the bounds as its parameters; tooDeep tells
// whether JSON is nested deeper than maxDepth. It takes away what runs code that
// was not compiled with the script, and puts bounds on built-in functions that
// make much of little.
(function (global, tooDeep, maxText, maxLength, maxDepth, maxNodes) {
  'use strict';
  const { apply, construct, ownKeys } = Reflect;
  const { defineProperty, getPrototypeOf, keys } = Object;
  const { isArray } = Array;
  const stringify = JSON.stringify, parse = JSON.parse;
  const codeAt = String.prototype.charCodeAt;
  const refuse = (what) => { throw new RangeError(what); };

  // define replaces a built-in by a function of its own name.
  const define = (object, name, value) =>
    defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
  const guard = (object, name, check) => {
    const original = object[name];
    define(object, name, function (...args) {
      check(this, args);
      return apply(original, this, args);
    });
  };

  // Strings.
  const text = (n) => { if (n > maxText) refuse('a string of more than ' + maxText + ' characters'); };
  guard(String.prototype, 'repeat', (self, [n]) => text(String(self).length * n));
  guard(String.prototype, 'padStart', (self, [n]) => text(n));
  guard(String.prototype, 'padEnd', (self, [n]) => text(n));
  for (const name of ['replace', 'replaceAll']) {
    guard(String.prototype, name, (self, [pattern, by]) => {
      if (typeof by === 'function') return;
      const s = String(self), r = String(by);
      const all = name === 'replaceAll' || pattern instanceof RegExp && pattern.global;
      let each = r.length;
      for (let i = 0; i < r.length; i++) {
        if (apply(codeAt, r, [i]) === 36) each += s.length; // $& and its like
      }
      if (each > 4) text((all ? s.length : 1) * each / 4 + s.length);
    });
  }

  // Arrays, and what looks like one.
  const length = (list) => {
    const n = list === null || list === undefined ? 0 : Number(list.length);
    if (n > maxLength) refuse('an array of more than ' + maxLength + ' elements');
    return n;
  };
  for (const name of ownKeys(Array.prototype)) {
    if (name === 'constructor' || typeof Array.prototype[name] !== 'function') continue;
    guard(Array.prototype, name, (self, args) => {
      const n = length(self);
      if (name === 'flat' && args.length > 0) args[0] = Math.min(args[0], 100);
      if (name !== 'join') return;
      let size = n * (args[0] === undefined ? 1 : String(args[0]).length);
      for (let i = 0; i < n; i++) {
        if (typeof self[i] === 'string') size += self[i].length;
      }
      text(size);
    });
  }
  guard(Array, 'from', (self, [list]) => length(list));
  guard(Function.prototype, 'apply', (self, [, list]) => length(list));
  guard(Reflect, 'apply', (self, [, , list]) => length(list));
  guard(Reflect, 'construct', (self, [, list]) => length(list));
  const buffer = (n) => { if (n > 4 * maxText) refuse('a buffer of more than ' + 4 * maxText + ' elements'); };
  guard(getPrototypeOf(Uint8Array), 'from', (self, [list]) => length(list));
  for (const name of ['ArrayBuffer', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array',
    'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array']) {
    define(global, name, new Proxy(global[name], {
      construct(target, args, self) {
        buffer(args[0] !== null && typeof args[0] === 'object' ? args[0].length : args[0]);
        return construct(target, args, self);
      },
    }));
  }

  // JSON: built-in functions go down into it without looking at the clock.
  define(JSON, 'parse', function (source, reviver) {
    const s = String(source);
    if (tooDeep(s)) refuse('JSON nested deeper than ' + maxDepth);
    return parse(s, reviver);
  });
  define(JSON, 'stringify', function (value, ...rest) {
    const stack = [[value, 0]];
    for (let nodes = 0; stack.length > 0; nodes++) {
      if (nodes > maxNodes) refuse('JSON of more than ' + maxNodes + ' values');
      const [v, depth] = stack.pop();
      if (v === null || typeof v !== 'object') continue;
      if (depth > maxDepth) refuse('JSON nested deeper than ' + maxDepth);
      if (isArray(v)) length(v);
      for (const k of keys(v)) stack.push([v[k], depth + 1]);
    }
    return stringify(value, ...rest);
  });

  // Code that comes as text, and numbers without bounds.
  for (const f of [function () {}, function* () {}, async function () {}]) {
    delete getPrototypeOf(f).constructor;
  }
  for (const name of ['eval', 'Function', 'BigInt', 'BigInt64Array', 'BigUint64Array', 'DataView']) {
    delete global[name];
  }
})
