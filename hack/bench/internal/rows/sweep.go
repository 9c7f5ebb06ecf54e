package rows

// Sweeps are the measurements of the plots.
type Sweeps struct {
	Connections []Point `json:"connections,omitempty"`
	RoundTrips  []Point `json:"roundTrips,omitempty"`
	Recipients  []Point `json:"recipients,omitempty"`
}

// Point is one place of a plot: values by the name of their line.
type Point struct {
	X      float64            `json:"x"`
	Values map[string]float64 `json:"values"`
}
