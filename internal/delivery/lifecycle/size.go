package lifecycle

// Share is how many pods send in a pass, and over how many connections each
// at most.
type Share struct {
	Workers     int32
	Connections int32
}

// The bounds of a Share. A worker with ten connections keeps a core
// busy enough; more workers mean more that can go wrong at a time.
const (
	connectionsPerWorker = 10
	maxWorkers           = 24
	// recipientsPerConnection is how many recipients make another
	// connection worth while.
	recipientsPerConnection = 20
)

// ShareOf sizes a pass over todo recipients in shards, through a Relay that
// allows so many connections. Where workers are few, each may open more.
func ShareOf(connections int32, todo int64, shards int32) Share {
	want := min(int64(connections), (todo+recipientsPerConnection-1)/recipientsPerConnection)
	want = max(1, want)
	workers := (want + connectionsPerWorker - 1) / connectionsPerWorker
	workers = max(1, min(workers, int64(shards), maxWorkers))
	return Share{Workers: int32(workers), Connections: int32((want + workers - 1) / workers)}
}
