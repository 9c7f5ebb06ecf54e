package main

import (
	"fmt"
	"strings"
)

// Measures of a picture in CSS pixels.
const (
	phone   = 360
	desktop = 700
	gap     = 24
	// tallest is the height of the window; what is below it is cut off.
	tallest = 3600
	// backdrop is around the four messages, and nowhere in them.
	backdrop = "#8f979f"
)

// sheet is a page that shows a message four times: on a telephone and on a
// desktop, each light and dark. A frame has a viewport of its own, and takes
// its colour scheme from the element that it is in, so that the message is
// shown as a mail program does.
func sheet(name string) string {
	var frames strings.Builder
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int{phone, desktop} {
			fmt.Fprintf(&frames, `<iframe src="/message/%s" width="%d" style="color-scheme:%s" onload="fit(this)"></iframe>`+"\n", name, width, scheme)
		}
	}
	return `<!DOCTYPE html><meta charset="utf-8"><style>
body { margin: 0; padding: ` + px(gap) + `; background: ` + backdrop + `; display: flex; gap: ` + px(gap) + `; align-items: flex-start }
iframe { border: 0; flex: none }
</style><script>
function fit(f) {
  const d = f.contentWindow
  if (d.innerWidth != f.width) throw "viewport " + d.innerWidth
  f.height = d.document.documentElement.scrollHeight
  if (d.document.documentElement.scrollWidth > f.width) document.title = "too wide"
  if (d.matchMedia("(prefers-color-scheme: dark)").matches != (f.style.colorScheme == "dark")) document.title = "wrong scheme"
}
</script>` + frames.String()
}

func px(n int) string { return fmt.Sprintf("%dpx", n) }

// sheetWidth is that of four messages and what is between and around them.
const sheetWidth = 2*(phone+desktop) + 5*gap
