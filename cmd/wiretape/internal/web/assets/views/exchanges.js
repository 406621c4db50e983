import {html} from "../vendor/preact.js";
import {Empty} from "../lib/empty.js";

export default function View() {
	return html`<${Empty} title="Not here yet"/>`;
}
