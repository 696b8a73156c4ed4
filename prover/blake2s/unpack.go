package blake2s

import "sync"

// unpackBatches is the number of batches of packed rows that are unpacked at once:
// few enough for the first-level cache.
const unpackBatches = 4

// unpacker holds packed columns as the columns of words that a digest is the hash
// of, one after the other.
type unpacker struct {
	logPack int
	columns [][]uint32
	half    [2][]uint32
}

var unpackers = sync.Pool{New: func() any { return new(unpacker) }}

// reshape prepares the unpacker for the given number of packed columns.
func (u *unpacker) reshape(columns, logPack int) {
	const length = Lanes * unpackBatches
	u.logPack = logPack
	if n := columns << logPack; cap(u.columns) >= n {
		u.columns = u.columns[:n]
	} else {
		u.columns = make([][]uint32, n)
		words := make([]uint32, n*length)
		for i := range u.columns {
			u.columns[i] = words[i*length : (i+1)*length : (i+1)*length]
		}
	}
	if n := length << logPack; len(u.half[0]) < n {
		u.half = [2][]uint32{make([]uint32, n), make([]uint32, n)}
	}
}

// unpack makes the values of column c, 2^logPack a digest, to columns of words. It
// splits them into even and odd positions, and each part again.
func (u *unpacker) unpack(c int, values []uint32) {
	packed := len(u.columns) >> u.logPack
	for s := range u.logPack {
		// Part r of this stage holds the positions ≡ r modulo 2^s.
		parts, length := 1<<s, len(values)>>s
		from, to := u.half[s&1], u.half[1-s&1]
		if s == 0 {
			from = values
		}
		for r := range parts {
			even, odd := to[r*length/2:], to[(r+parts)*length/2:]
			if s == u.logPack-1 {
				even, odd = u.columns[r*packed+c], u.columns[(r+parts)*packed+c]
			}
			unzip(even[:length/2], odd[:length/2], from[r*length:(r+1)*length])
		}
	}
}

// unzipGeneric splits src into its words at even and at odd positions.
func unzipGeneric(even, odd, src []uint32) {
	for i := range even {
		even[i], odd[i] = src[2*i], src[2*i+1]
	}
}
