package v1alpha1

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

func shardWith(packed bool, exceptions ...ShardException) DeliveryShard {
	s := DeliveryShard{Spec: DeliveryShardSpec{Record: "b-1", Packed: packed}}
	s.State.Exceptions = exceptions
	return s
}

// A shard is written as it was frozen, and read the same either way.
func TestExceptionsOfShards(t *testing.T) {
	some := []ShardException{
		{Index: 0, Attempts: 1, Reply: 2, At: 1770000000}, {Index: 7, Reply: -1}, {Index: 1999, Attempts: 3, At: 1770000060},
	}
	for want, shard := range map[string]DeliveryShard{
		`"noted":"0,1,2,1770000000;7,0,-1,-1770000000;1992,3,0,1770000060"`:                                shardWith(true, some...),
		`"exceptions":[{"i":0,"n":1,"r":2,"t":1770000000},{"i":7,"r":-1},{"i":1999,"n":3,"t":1770000060}]`: shardWith(false, some...),
		`"outcomes":""`: shardWith(true),
	} {
		text, err := json.Marshal(&shard)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), want) || strings.Contains(string(text), "exceptions") && strings.Contains(string(text), "noted") {
			t.Errorf("%s, want %s", text, want)
		}
		var back DeliveryShard
		if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, shard) {
			t.Errorf("%s is read as %+v, %v", text, back, err)
		}
		list := DeliveryShardList{Items: []DeliveryShard{shard}}
		whole, err := json.Marshal(list)
		if err != nil || !strings.Contains(string(whole), want) {
			t.Errorf("in a list: %s, %v", whole, err)
		}
	}
}

// What nobody knows how to read is not taken for nothing.
func TestNotedNonsense(t *testing.T) {
	for _, noted := range []string{
		"x", "0", "0,1,2", "0,1,2,3,4", "0,1,2,3;", ";", "0,1,2,3;0,1,2,3", "5,1,2,3;-1,1,2,3", "-1,0,0,0", "0,-1,0,0", "0,0,-2,0", "0,0,0,x",
		"0,2147483648,0,0", "2147483648,0,0,0", "2147483647,0,0,0;1,0,0,0", " 0,0,0,0", strings.Repeat("0,0,0,0;", maxExceptions+1),
	} {
		text, err := json.Marshal(map[string]any{"metadata": map[string]any{"name": "x"}, "spec": map[string]any{"packed": true}, "state": map[string]any{"noted": noted}})
		if err != nil {
			t.Fatal(err)
		}
		var s DeliveryShard
		if err := json.Unmarshal(text, &s); err != nil || !strings.Contains(s.Undecoded(), "state.noted") || len(s.State.Exceptions) > 0 {
			t.Errorf("%.40q: %v, %q, %v", noted, err, s.Undecoded(), s.State.Exceptions)
		}
	}
}

// As many exceptions as a shard may have, as far apart as they can be, fit into the field.
func TestNotedFits(t *testing.T) {
	const most = 393216 // as the schema says
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		var exceptions []ShardException
		for i := range maxExceptions {
			e := ShardException{Index: int32(i), Attempts: random.Int32(), Reply: random.Int32N(256), At: random.Int64N(1 << 33)}
			exceptions = append(exceptions, e)
		}
		exceptions[0].At = math.MaxInt32
		noted := packExceptions(exceptions)
		if len(noted) > most {
			t.Errorf("%d octets", len(noted))
		}
		if back, ok := unpackExceptions(noted); !ok || !reflect.DeepEqual(back, exceptions) {
			t.Error("they come back otherwise")
		}
	}
}

func FuzzNoted(f *testing.F) {
	f.Add("0,1,2,1770000000;7,0,-1,-1770000000")
	f.Fuzz(func(t *testing.T, noted string) {
		exceptions, ok := unpackExceptions(noted)
		if !ok {
			return
		}
		if again, ok := unpackExceptions(packExceptions(exceptions)); !ok || !reflect.DeepEqual(again, exceptions) {
			t.Errorf("%q: %v, then %v", noted, exceptions, again)
		}
	})
}
