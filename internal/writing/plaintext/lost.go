package plaintext

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Where is where an action stands that the text can't have.
type Where int

// Places in a document that a reader of the text doesn't get to.
const (
	Shown     Where = iota // in text that is shown: nothing is lost there
	InComment              // <!-- -->, <! > and <? >
	InTag                  // between < and >
	InHidden               // in an element that isn't shown
	// Hides is an action that decides whether something is shown: by its class
	// or style, or by the attribute hidden.
	Hides
)

// Loss is a branch, a variable or a value that the HTML has and the text can't
// have. For a branch, Number is that of its marks.
type Loss struct {
	Role   Role // Begin, Silent or Value
	Number int
	Where  Where
}

// spot is where a mark stands.
type spot struct {
	role  Role
	where Where
	token int // number of the token
	// What is open, and how much was shown before.
	open, hidden, shown int
}

// witness sees where marks stand that the reader comes by.
type witness struct {
	marks  *Marks
	token  int
	shown  int // tokens that are shown
	spots  map[int][]spot
	order  []int    // numbers of branches and variables as they come
	tags   []string // those with marks
	styles []string // the texts of <style>
	// around are the branches that each of them stands in.
	around [][]int
}

// see notes the marks of a token. raw is how it is written.
func (w *witness) see(kind html.TokenType, raw string, r *reader) {
	if w == nil {
		return
	}
	w.token++
	here := spot{token: w.token, open: len(r.open), hidden: r.hidden}
	switch {
	case kind == html.CommentToken || kind == html.DoctypeToken:
		here.where = InComment
	case kind != html.TextToken:
		here.where = InTag
		if strings.Contains(raw, w.marks.prefix) {
			w.tags = append(w.tags, raw)
		}
	case r.hidden > 0:
		here.where = InHidden
		if r.open[len(r.open)-1].name == "style" {
			w.styles, w.around = append(w.styles, raw), append(w.around, w.unended())
		}
	}
	if here.where == InTag && r.hidden == 0 && isSeen(raw) {
		w.shown++
	}
	for _, p := range w.marks.Split(raw) {
		if here.where == Shown && !w.marks.control(p) && strings.TrimSpace(p.Text) != "" {
			w.shown++
		}
		if !w.marks.control(p) {
			continue
		}
		if _, known := w.spots[p.Number]; !known {
			w.order = append(w.order, p.Number)
		}
		here.role, here.shown = p.Role, w.shown
		w.spots[p.Number] = append(w.spots[p.Number], here)
	}
}

// isSeen says whether a tag adds to the text by itself.
func isSeen(raw string) bool {
	low := strings.ToLower(raw)
	return strings.HasPrefix(low, "<img") || strings.HasPrefix(low, "<a") || strings.HasPrefix(low, "<hr")
}

// unended are the numbers of the branches that have begun by now, and not
// ended.
func (w *witness) unended() (numbers []int) {
	for _, number := range w.order {
		spots := w.spots[number]
		if last := spots[len(spots)-1]; spots[0].role == Begin && last.role != End {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// losses are what the text can't have, in the order of the document.
func (w *witness) losses(doc string) []Loss {
	var lost []Loss
	if w == nil {
		return nil
	}
	for _, p := range w.marks.Split(doc) { // what stands in a tag that never ends
		if _, known := w.spots[p.Number]; !known && w.marks.control(p) {
			lost = append(lost, Loss{p.begins(), p.Number, InTag})
			w.spots[p.Number] = nil
		}
	}
	for _, number := range w.order {
		spots := w.spots[number]
		where := spots[0].where
		if spots[0].role == Silent {
			if where != Shown {
				lost = append(lost, Loss{Silent, number, where})
			}
			continue
		}
		if where, is := apart(spots); is {
			lost = append(lost, Loss{Begin, number, where})
		}
	}
	hiders := hiding(w.styles, w.marks)
	lost = append(append(lost, w.styleLosses()...), w.conditional()...)
	for _, raw := range w.tags {
		lost = append(lost, tag{raw, w.marks, hiders}.losses()...)
	}
	return unique(lost)
}

func (p Piece) begins() Role {
	if p.Role == Silent {
		return Silent
	}
	return Begin
}

// apart says whether a branch is neither whole in the text nor whole in one
// thing that isn't shown, and where.
func apart(spots []spot) (Where, bool) {
	first, last := spots[0], spots[len(spots)-1]
	if first.role != Begin || last.role != End || len(spots) > 3 {
		return first.where, true
	}
	for _, s := range spots {
		same := s.where == first.where
		switch first.where {
		case InComment, InTag:
			same = same && s.token == first.token
		case InHidden:
			same = same && s.open == first.open && s.hidden == first.hidden && s.shown == first.shown
		}
		if !same {
			return max(first.where, s.where), true
		}
	}
	return Shown, false
}

func unique(lost []Loss) []Loss {
	var out []Loss
	for _, l := range lost {
		if !slices.ContainsFunc(out, func(o Loss) bool { return o.Role == l.Role && o.Number == l.Number }) {
			out = append(out, l)
		}
	}
	return out
}
