package message

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// longer is newsletter with its middle several times.
func longer(times int) Frozen {
	f := newsletter()
	body := f.HTML[strings.Index(f.HTML, "<table"):strings.Index(f.HTML, "</body>")]
	f.HTML = strings.Replace(f.HTML, body, strings.Repeat(body, times), 1)
	return f
}

// BenchmarkPlans composes by plans, by templates, and by turns.
func BenchmarkPlans(b *testing.B) {
	for _, times := range []int{1, 8} {
		f := longer(times)
		fast, err := NewComposer(f)
		if err != nil {
			b.Fatal(err)
		}
		slow := slowly(b, f)
		b.Run(fmt.Sprintf("%d/plan", times), func(b *testing.B) { composeOften(b, fast) })
		b.Run(fmt.Sprintf("%d/template", times), func(b *testing.B) { composeOften(b, slow) })
		b.Run(fmt.Sprintf("%d/ratio", times), func(b *testing.B) { composeInPairs(b, fast, slow) })
	}
}

func composeOften(b *testing.B, c *Composer) {
	var s Scratch
	size := 0
	b.ReportAllocs()
	for b.Loop() {
		m, err := c.Draft(&s, reader(), 3, 14, testDate)
		if err != nil {
			b.Fatal(err)
		}
		size = m.Size()
	}
	b.ReportMetric(float64(size), "octets")
}

// composeInPairs reports what part of the time of templates plans take. Whatever
// else the machine does slows both.
func composeInPairs(b *testing.B, fast, slow *Composer) {
	var scratch [2]Scratch
	var took [2]time.Duration
	for b.Loop() {
		for i, c := range []*Composer{fast, slow} {
			began := time.Now()
			for range 10 {
				if _, err := c.Draft(&scratch[i], reader(), 3, 14, testDate); err != nil {
					b.Fatal(err)
				}
			}
			took[i] += time.Since(began)
		}
	}
	b.ReportMetric(float64(took[0])/float64(took[1]), "ratio")
}
