/// How `report.html` looks.
enum ReportStyle {
  static let css = """
    :root {
      color-scheme: light dark;
      --ink: #1b1d21; --paper: #f7f7f5; --card: #ffffff; --line: #dcdcd8; --faint: #5d6168; --accent: #b3432b;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ink: #e8e8ea; --paper: #131417; --card: #1c1e22; --line: #34373d; --faint: #a4a8b0; --accent: #f0886c;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; padding: 0 1rem 3rem; max-width: 72rem; background: var(--paper); color: var(--ink);
      font: 1rem/1.5 system-ui, sans-serif;
    }
    header { padding: 1.5rem 0 .5rem; }
    h1 { margin: 0; font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere; }
    h2 { margin: 0 0 .75rem; font-size: 1.15rem; }
    p { margin: .25rem 0 .75rem; }
    header p { color: var(--faint); overflow-wrap: anywhere; }
    header .warning { color: var(--accent); font-weight: 600; }
    section {
      margin: 1rem 0; padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
    }
    .skip { position: absolute; left: -100rem; }
    .skip:focus { left: 1rem; top: .5rem; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    figure { margin: 0; }
    figcaption { margin-top: .4rem; color: var(--faint); font-size: .9rem; }
    .viewer { display: grid; grid-template-columns: minmax(0, 1fr) 17rem; gap: 1.5rem; }
    .stage { position: relative; width: 100%; max-width: 36rem; margin: 0 auto; background: #000; overflow: hidden; }
    .stage img { position: absolute; inset: 0; width: 100%; height: 100%; }
    .edge { position: absolute; color: #fff; font-weight: 600; text-shadow: 0 0 3px #000, 0 0 3px #000; }
    .left { left: .4rem; top: 50%; } .right { right: .4rem; top: 50%; }
    .top { top: .1rem; left: 50%; } .bottom { bottom: .1rem; left: 50%; }
    .controls { display: flex; flex-direction: column; gap: .4rem; }
    .slider { display: flex; gap: .75rem; align-items: center; max-width: 36rem; margin: .5rem auto 0; }
    .slider input { flex: 1; min-width: 0; }
    .viewer figcaption { max-width: 36rem; margin-inline: auto; font-variant-numeric: tabular-nums; }
    .slider span, .controls > label, legend { font-weight: 600; }
    .controls select, .controls input[type=range] { width: 100%; font: inherit; }
    fieldset { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; padding: 0; border: 0; }
    .bar { height: .8rem; margin-top: .75rem; border-radius: .2rem; }
    .ends { display: flex; justify-content: space-between; margin: 0; font-variant-numeric: tabular-nums; }
    .hint { color: var(--faint); font-size: .85rem; }
    .montage + .montage { margin-top: 1rem; }
    .montage img { display: block; max-width: 100%; height: auto; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
    th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
    th:first-child { position: sticky; left: 0; background: var(--card); text-align: left; }
    thead th { color: var(--faint); font-weight: 600; }
    .heat small { display: block; opacity: .8; }
    .swatch { display: inline-block; width: .8em; height: .8em; margin-right: .5em; border-radius: .15em; }
    code { overflow-wrap: anywhere; }
    li code { display: inline-block; max-width: 100%; margin-right: .5em; padding: 0 .3em; border: 1px solid var(--line); border-radius: .2em; }
    @media (max-width: 48rem) {
      body { padding: 0 .6rem 2rem; }
      section { padding: .75rem; }
      .viewer { grid-template-columns: minmax(0, 1fr); gap: .75rem; }
      input[type=range] { min-height: 2rem; }
    }
    @media print { .controls { display: none; } section { break-inside: avoid; } }
    """
}
