package message

// TypeOf is the media type of a file by the ending of its name. It is a table
// of its own, so that the same file has the same type on every machine;
// what isn't in it is application/octet-stream.
func TypeOf(name string) string {
	if media, ok := mediaTypes[fileEnding(name)]; ok {
		return media
	}
	return "application/octet-stream"
}

const officeOpenXML = "application/vnd.openxmlformats-officedocument."

var mediaTypes = map[string]string{
	"txt": "text/plain; charset=utf-8", "csv": "text/csv; charset=utf-8", "tsv": "text/tab-separated-values; charset=utf-8",
	"md": "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8", "htm": "text/html; charset=utf-8",
	"ics": "text/calendar; charset=utf-8", "vcf": "text/vcard; charset=utf-8",

	"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "svg": "image/svg+xml",
	"bmp": "image/bmp", "tif": "image/tiff", "tiff": "image/tiff", "avif": "image/avif", "heic": "image/heic", "ico": "image/vnd.microsoft.icon",

	"mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "wav": "audio/wav", "mp4": "video/mp4", "webm": "video/webm", "mov": "video/quicktime",

	"pdf": "application/pdf", "json": "application/json", "xml": "application/xml", "yaml": "application/yaml", "yml": "application/yaml",
	"rtf": "application/rtf", "epub": "application/epub+zip", "zip": "application/zip", "gz": "application/gzip",
	"doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
	"docx": officeOpenXML + "wordprocessingml.document", "xlsx": officeOpenXML + "spreadsheetml.sheet", "pptx": officeOpenXML + "presentationml.presentation",
	"odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet", "odp": "application/vnd.oasis.opendocument.presentation",
}

// programs are endings of files that Gmail or Exchange refuse by default, and
// the whole message with them.
var programs = endings(
	"ade", "adp", "apk", "app", "application", "appref-ms", "appx", "appxbundle", "asp", "aspx", "bas", "bat", "cab", "chm", "cmd", "com", "cpl", "crt",
	"csh", "der", "diagcab", "dll", "dmg", "ex", "ex_", "exe", "fxp", "gadget", "grp", "hlp", "hpj", "hta", "htc", "img", "inf", "ins", "iso", "isp",
	"its", "jar", "jnlp", "js", "jse", "ksh", "lib", "library-ms", "lnk", "mad", "maf", "mag", "mam", "maq", "mar", "mas", "mat", "mau", "mav", "maw",
	"mcf", "mda", "mdb", "mde", "mdt", "mdw", "mdz", "msc", "msh", "msi", "msix", "msixbundle", "msp", "mst", "msu", "nsh", "ocx", "ops", "osd",
	"pcd", "pif", "pl", "plg", "prf", "prg", "printerexport", "ps1", "ps1xml", "ps2", "ps2xml", "psc1", "psc2", "psd1", "psdm1", "psm1", "pst", "py",
	"pyc", "pyo", "pyw", "pyz", "reg", "scf", "scr", "sct", "search-ms", "settingcontent-ms", "sh", "shb", "shs", "sys", "theme", "tmp", "udl", "url",
	"vb", "vbe", "vbp", "vbs", "vhd", "vhdx", "vsmacros", "vsw", "vxd", "webpnp", "website", "ws", "wsb", "wsc", "wsf", "wsh", "xbap", "xll", "xnk",
)

func endings(list ...string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, ending := range list {
		set[ending] = true
	}
	return set
}
