-- Fits a school's own text under a heading of level 1: levels shifted, labels its own, no pictures.

local function refuse_picture(image)
  io.stderr:write("it holds the picture " .. image.src .. "; pictures cannot be carried into a packet\n")
  os.exit(1)
end

function Pandoc(doc)
  local highest = 6
  doc:walk({ Header = function(header) highest = math.min(highest, header.level) end, Image = refuse_picture })
  local count, previous = 0, 1
  return doc:walk({
    Header = function(header)
      count = count + 1
      header.level = math.min(previous + 1, header.level - highest + 2)
      previous = header.level
      header.attr = pandoc.Attr("narrative-" .. count)
      return header
    end,
    Div = function(div) return div.content end,
    Span = function(span) return span.content end,
  })
end
