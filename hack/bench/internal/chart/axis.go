package chart

import "math"

// axis places values between two pixels.
type axis struct {
	log      bool
	from, to float64 // pixels
	min, max float64
	some     bool
}

func newAxis(log bool, from, to float64) axis { return axis{log: log, from: from, to: to} }

func (a *axis) include(v float64) {
	if a.log && v <= 0 {
		return
	}
	if !a.some {
		a.min, a.max, a.some = v, v, true
	}
	a.min, a.max = min(a.min, v), max(a.max, v)
	if !a.log {
		a.min = min(a.min, 0)
	}
}

// headroom lets the axis end at round values.
func (a *axis) headroom() {
	if !a.some {
		a.min, a.max = 1, 2
		return
	}
	if a.log {
		a.min = math.Pow(10, math.Floor(math.Log10(a.min)))
		a.max = math.Pow(10, math.Ceil(math.Log10(a.max)))
		return
	}
	if step := a.step(); step > 0 {
		a.max = math.Ceil(a.max/step) * step
	}
}

func (a *axis) place(v float64) float64 {
	low, high := a.min, a.max
	if a.log {
		low, high, v = math.Log(low), math.Log(high), math.Log(max(v, a.min))
	}
	if high == low {
		return (a.from + a.to) / 2
	}
	return a.from + (v-low)/(high-low)*(a.to-a.from)
}

// step is 1, 2 or 5 times a power of ten, so that there are about five.
func (a *axis) step() float64 {
	rough := (a.max - a.min) / 5
	if rough <= 0 {
		return 0
	}
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, factor := range []float64{1, 2, 5} {
		if factor*power >= rough {
			return factor * power
		}
	}
	return 10 * power
}

func (a *axis) ticks() []float64 {
	var out []float64
	if a.log {
		for v := a.min; v <= a.max*1.0001; v *= 10 {
			out = append(out, v)
		}
		return out
	}
	step := a.step()
	if step == 0 {
		return []float64{a.min}
	}
	for v := a.min; v <= a.max+step/1000; v += step {
		out = append(out, v)
	}
	return out
}
