// What events have in common, and how what the script returns is read.
({
  event: {
    get json() {
      try {
        return JSON.parse(this.data);
      } catch (e) {
        if (e instanceof RangeError) throw e;
      }
    },
  },
  shape(returned) {
    switch (typeof returned) {
      case 'undefined':
        return { text: '', reasoning: '' };
      case 'string':
      case 'number':
      case 'boolean':
        return { text: String(returned), reasoning: '' };
      case 'object':
        if (returned === null) return { text: '', reasoning: '' };
        if ('text' in returned || 'reasoning' in returned) {
          return { text: String(returned.text ?? ''), reasoning: String(returned.reasoning ?? '') };
        }
    }
    throw new TypeError('the function returned ' + (Array.isArray(returned) ? 'an array' : typeof returned) +
      ', want a string or {text, reasoning}');
  },
})
