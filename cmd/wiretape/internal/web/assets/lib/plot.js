// Plots of bins counted on the server, as SVG. Each has its figures in a table,
// for those who do not see it and those who want to copy them.
import {h, html, useRef, useState} from "../vendor/preact.js";
import {count} from "./units.js";

const W = 1000, H = 120; // of the viewBox; the width is stretched

/**
 * @typedef {{name: string, values: number[], class: string}} Series
 */

/**
 * Bars side by side over time or over classes. A drag chooses a range.
 * @param {{title: string, series: Series[], label: (i: number) => string, unit?: (n: number) => string, onRange?: (from: number, to: number) => void, mirrored?: boolean, axis?: [string, string], log?: boolean}} props
 *   label: what bin i stands for; mirrored: the first series up, the second down
 */
export function Plot({title, series, label, unit = count, onRange, mirrored, axis, log}) {
	const [hover, point] = useState(-1);
	const [span, drag] = useState(/** @type {[number, number]|null} */ (null));
	const [table, show] = useState(false);
	const box = useRef(/** @type {SVGSVGElement|null} */ (null));
	const n = series[0]?.values.length ?? 0;
	const size = (v) => (log ? Math.log10(1 + v) : v);
	const max = Math.max(1e-9, ...series.map((s) => s.values.reduce((m, v) => Math.max(m, size(v)), 0)));
	const step = W / Math.max(1, n);
	const bin = (e) => {
		const r = /** @type {SVGSVGElement} */ (box.current).getBoundingClientRect();
		return Math.max(0, Math.min(n - 1, Math.floor((e.clientX - r.left) / r.width * n)));
	};
	const half = mirrored ? H / 2 : H;
	const bars = series.map((s, k) => h("path", {class: s.class, d: s.values.map((v, i) => {
		if (!v) return "";
		const tall = Math.max(1.5, size(v) / max * (half - 4));
		const wide = mirrored ? step : step / series.length;
		const x = i * step + (mirrored ? 0 : k * wide);
		const y = mirrored && k === 1 ? half : half - tall;
		return `M${x.toFixed(1)} ${y.toFixed(1)}h${Math.max(0.6, wide - (step > 6 ? 1 : 0)).toFixed(1)}v${tall.toFixed(1)}H${x.toFixed(1)}z`;
	}).join("")}));
	const sum = series.map((s) => `${s.name} ${unit(s.values.reduce((a, b) => a + b, 0))}`).join(", ");
	const nothing = series.every((s) => s.values.every((v) => !v));
	const finish = () => {
		if (span && span[0] !== span[1]) onRange?.(Math.min(...span), Math.max(...span));
		drag(null);
	};
	return html`<figure class="plot">
		<figcaption><b>${title}</b><span class="legend">${series.length > 1 && series.map((s) => html`<span class=${"key " + s.class}>${s.name}</span>`)}</span>
			<span class="grow"/><span class="muted num">${hover >= 0 && hover < n ? `${label(hover)}: ${series.map((s) => (series.length > 1 ? s.name + " " : "") + unit(s.values[hover])).join(", ")}` : ""}</span>
			<button class="quiet" aria-pressed=${table ? "true" : "false"} onClick=${() => show(!table)}>Table</button></figcaption>
		${nothing ? html`<p class="muted">Nothing to count.</p>` : html`
		<svg ref=${box} viewBox=${`0 0 ${W} ${H}`} preserveAspectRatio="none" role="img" aria-label=${`${title}: ${sum}`}
			onPointerMove=${(e) => { point(bin(e)); if (span) drag([span[0], bin(e)]); }} onPointerLeave=${() => point(-1)}
			onPointerDown=${onRange && ((e) => { e.currentTarget.setPointerCapture(e.pointerId); drag([bin(e), bin(e)]); })} onPointerUp=${finish} onPointerCancel=${() => drag(null)}>
			${span && h("rect", {class: "range", x: Math.min(...span) * step, y: 0, width: (Math.abs(span[1] - span[0]) + 1) * step, height: H})}
			${hover >= 0 && h("rect", {class: "hover", x: hover * step, y: 0, width: Math.max(step, 1), height: H})}
			${bars}
			${mirrored && h("path", {class: "base", d: `M0 ${half}H${W}`})}
		</svg>
		${axis && html`<div class="axis muted"><span>${axis[0]}</span><span>${axis[1]}</span></div>`}`}
		${table && html`<div class="plottable" tabindex="0" role="region" aria-label=${"Figures of " + title}><table class="list"><thead><tr><th>Bin</th>${series.map((s) => html`<th class="num">${s.name}</th>`)}</tr></thead>
			<tbody>${Array.from({length: n}, (_, i) => i).filter((i) => series.some((s) => s.values[i])).map((i) => html`<tr><td>${label(i)}</td>${series.map((s) => html`<td class="num">${unit(s.values[i])}</td>`)}</tr>`)}</tbody></table></div>`}
	</figure>`;
}
