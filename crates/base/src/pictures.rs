//! Image metadata: removes EXIF, XMP and text chunks, which reveal where, when and by whom an image
//! was taken.
//!
//! Each of the three formats is a sequence of chunks with a name and a length. Chunks that affect
//! how the image looks are copied; all others are removed, and so are bytes after its end. Of EXIF
//! only the orientation is kept (not for PNG, which cameras do not write). Nothing is decoded, so
//! the image keeps its quality and a decompression bomb does no harm.

/// The accepted formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Png,
    Jpeg,
    Webp,
}

impl Kind {
    /// The media type, as in `image/png`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }
}

/// The image without metadata; `None` if it is truncated or malformed.
pub fn bare(kind: Kind, content: &[u8]) -> Option<Vec<u8>> {
    match kind {
        Kind::Png => bare_png(content),
        Kind::Jpeg => bare_jpeg(content),
        Kind::Webp => bare_webp(content),
    }
}

/// Chunks for colours, transparency, pixel size and animation. Critical chunks have an upper-case
/// first letter.
const PNG_PIECES: [&[u8; 4]; 12] = [
    b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD", b"pHYs", b"acTL",
    b"fcTL", b"fdAT",
];

fn bare_png(content: &[u8]) -> Option<Vec<u8>> {
    let (signature, mut rest) = content.split_at_checked(8)?;
    let mut bare = signature.to_vec();
    loop {
        let length = u32::from_be_bytes(*rest.first_chunk()?);
        let name = rest.get(4..8)?;
        // A chunk also has its length, its name and a checksum.
        let whole = usize::try_from(length).ok()?.checked_add(12)?;
        let (piece, after) = rest.split_at_checked(whole)?;
        if name[0].is_ascii_uppercase() || PNG_PIECES.iter().any(|it| it.as_slice() == name) {
            bare.extend_from_slice(piece);
        }
        if name == b"IEND" {
            return Some(bare);
        }
        rest = after;
    }
}

const JPEG_END: u8 = 0xd9;
const JPEG_SCAN: u8 = 0xda;
const JPEG_EXIF: u8 = 0xe1;
const EXIF: &[u8] = b"Exif\0\0";

fn bare_jpeg(content: &[u8]) -> Option<Vec<u8>> {
    let (start, mut rest) = content.split_at_checked(2)?;
    let mut bare = start.to_vec();
    loop {
        let (&filler, after) = rest.split_first()?;
        let (&marker, after) = after.split_first()?;
        match marker {
            _ if filler != 0xff => return None,
            // The start of a marker may be repeated.
            0xff => {
                rest = &rest[1..];
                continue;
            }
            JPEG_END => {
                bare.extend([0xff, JPEG_END]);
                return Some(bare);
            }
            // Markers without a length.
            0x01 | 0xd0..=0xd7 => {
                bare.extend([0xff, marker]);
                rest = after;
                continue;
            }
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(*after.first_chunk()?));
        let (piece, after) = after.split_at_checked(length)?;
        let data = piece.get(2..)?;
        if is_shown_with(marker, data) {
            bare.extend([0xff, marker]);
            bare.extend_from_slice(piece);
        } else if let Some(tiff) = data.strip_prefix(EXIF).filter(|_| marker == JPEG_EXIF)
            && let Some(exif) = orientation_exif(tiff)
        {
            let length = u16::try_from(2 + EXIF.len() + exif.len()).ok()?;
            bare.extend([0xff, JPEG_EXIF]);
            bare.extend(length.to_be_bytes());
            bare.extend_from_slice(EXIF);
            bare.extend(exif);
        }
        rest = after;
        if marker == JPEG_SCAN {
            let (scan, after) = rest.split_at(scan_length(rest)?);
            bare.extend_from_slice(scan);
            rest = after;
        }
    }
}

/// Whether an application segment affects how the image looks: the JFIF version, the colour
/// profile, the colour transform.
fn is_shown_with(marker: u8, data: &[u8]) -> bool {
    match marker {
        0xe0 => data.starts_with(b"JFIF\0"),
        0xe2 => data.starts_with(b"ICC_PROFILE\0"),
        0xee => data.starts_with(b"Adobe"),
        0xe1..=0xef | 0xfe => false,
        _ => true,
    }
}

/// The length of a scan, which ends at a marker; two markers are part of it.
fn scan_length(scan: &[u8]) -> Option<usize> {
    let is_end = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7 | 0xff);
    scan.windows(2).position(is_end)
}

const WEBP_PIECES: [&[u8; 4]; 7] = [
    b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP",
];
const WEBP_HAS_EXIF: u8 = 0x08;
const WEBP_HAS_XMP: u8 = 0x04;

fn bare_webp(content: &[u8]) -> Option<Vec<u8>> {
    let length = u32::from_le_bytes(*content.get(4..)?.first_chunk()?);
    let end = usize::try_from(length).ok()?.checked_add(8)?;
    let mut rest = content.get(12..end)?;
    let mut bare = content.get(..12)?.to_vec();
    let mut flags_at = None;
    let mut has_exif = false;
    while !rest.is_empty() {
        let (head, after) = rest.split_at_checked(8)?;
        let (name, length) = head.split_at(4);
        let length = usize::try_from(u32::from_le_bytes(*length.first_chunk()?)).ok()?;
        let data = after.get(..length)?;
        // The padding of the last chunk may be missing.
        let padded = length.checked_add(length % 2)?.min(after.len());
        if WEBP_PIECES.iter().any(|it| it.as_slice() == name) {
            if name == b"VP8X" && length > 0 {
                flags_at = Some(bare.len() + 8);
            }
            bare.extend_from_slice(&rest[..8 + padded]);
        } else if name == b"EXIF"
            && let Some(exif) = orientation_exif(data.strip_prefix(EXIF).unwrap_or(data))
        {
            bare.extend(b"EXIF");
            bare.extend(u32::try_from(exif.len()).ok()?.to_le_bytes());
            bare.extend(exif);
            has_exif = true;
        }
        rest = &after[padded..];
    }
    if let Some(flags) = flags_at.and_then(|at| bare.get_mut(at)) {
        *flags &= !(WEBP_HAS_EXIF | WEBP_HAS_XMP);
        if has_exif {
            *flags |= WEBP_HAS_EXIF;
        }
    }
    let length = u32::try_from(bare.len() - 8).ok()?;
    bare[4..8].copy_from_slice(&length.to_le_bytes());
    Some(bare)
}

/// The EXIF tag of the orientation; 1 is upright.
const ORIENTATION: u16 = 0x0112;

/// EXIF with the orientation only, unless the image is upright.
fn orientation_exif(tiff: &[u8]) -> Option<[u8; 26]> {
    let orientation = orientation(tiff).filter(|it| (2..=8).contains(it))?;
    let mut bare = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    bare[18..20].copy_from_slice(&orientation.to_be_bytes());
    Some(bare)
}

fn orientation(tiff: &[u8]) -> Option<u16> {
    let is_big_endian = match tiff.first_chunk()? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = *tiff.get(at..)?.first_chunk()?;
        Some(match is_big_endian {
            true => u16::from_be_bytes(bytes),
            false => u16::from_le_bytes(bytes),
        })
    };
    let bytes = *tiff.get(4..)?.first_chunk()?;
    let first = usize::try_from(match is_big_endian {
        true => u32::from_be_bytes(bytes),
        false => u32::from_le_bytes(bytes),
    });
    let first = first.ok()?;
    let entries = 0..usize::from(short(first)?);
    let mut offsets = entries.filter_map(|entry| first.checked_add(2 + 12 * entry));
    let offset = offsets.find(|offset| short(*offset) == Some(ORIENTATION))?;
    short(offset.checked_add(8)?)
}

/// The property that fuzzing tests: what was stripped once is not changed by stripping it again, and
/// is not much larger than before. The first byte chooses the kind.
#[cfg(any(test, fuzzing))]
pub(crate) fn check(bytes: &[u8]) {
    let Some((kind, content)) = bytes.split_first() else {
        return;
    };
    let kind = [Kind::Png, Kind::Jpeg, Kind::Webp][usize::from(kind % 3)];
    let Some(stripped) = bare(kind, content) else {
        return;
    };
    // Each EXIF block is replaced by one of 26 bytes, and may have been shorter.
    assert!(stripped.len() <= 4 * content.len() + 64, "it has grown");
    assert_eq!(bare(kind, &stripped), Some(stripped), "{kind:?}");
}

#[cfg(test)]
mod tests {
    #[test]
    fn inputs_that_fuzzing_found_stay_fixed() {
        let seen = crate::fuzzed::each("pictures", super::check);
        assert!(seen > 0, "there is a corpus");
    }
}
