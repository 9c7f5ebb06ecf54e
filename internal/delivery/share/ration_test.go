package share

import (
	"reflect"
	"testing"
)

func TestRationsAreReadBack(t *testing.T) {
	rations := Rations{"p": {Seq: 7, Limit: Limit{3, 1.5}, Destinations: map[string]Limit{"x": {Connections: 1}}}, "q": {Seq: 7}}
	data, err := rations.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if back, err := DecodeRations(data); err != nil || !reflect.DeepEqual(back, rations) {
		t.Errorf("%s became %+v, %v", data, back, err)
	}
	if back, err := DecodeRations(nil); err != nil || len(back) != 0 {
		t.Errorf("nothing became %+v, %v", back, err)
	}
	for _, garbage := range []string{"{", "x"} {
		if back, err := DecodeRations([]byte(garbage)); err == nil {
			t.Errorf("%s became %+v", garbage, back)
		}
	}
}
