package transport

// Reason is what went wrong in our own words, such as which check a
// certificate failed; empty where the reply or the fault says it all.
func (f *Failure) Reason() string { return f.reason }
