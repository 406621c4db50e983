// Files that the browser saves.

const SOON = 10_000; // ms until a file that was made is given back

/**
 * Starts a download at a path of one use.
 * @param {string} path
 */
export function download(path) {
	saveAs(path, "");
}

/**
 * Saves what the page has.
 * @param {string} name
 * @param {Blob} file
 */
export function saveFile(name, file) {
	const url = URL.createObjectURL(file);
	saveAs(url, name);
	setTimeout(() => URL.revokeObjectURL(url), SOON);
}

/** @param {string} url @param {string} name "" for the one the answer gives */
function saveAs(url, name) {
	const a = document.createElement("a");
	a.href = url;
	a.download = name;
	document.body.append(a);
	a.click();
	a.remove();
}
